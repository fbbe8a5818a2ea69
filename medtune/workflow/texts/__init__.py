"""The order of work of the wing of texts, a file a step; ``steps`` has them all."""
