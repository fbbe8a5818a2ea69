"""Public sets of radiographs, read as they are published."""

from medtune.films.sources.description import source_names, vocabulary
from medtune.films.sources.published import Published, describe, read_source

__all__ = ["Published", "describe", "read_source", "source_names", "vocabulary"]
