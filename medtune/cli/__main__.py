"""``python -m medtune.cli`` is the command ``medtune``."""

from medtune.cli import main

main()
