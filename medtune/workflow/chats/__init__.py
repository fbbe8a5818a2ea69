"""The order of work of runs about conversations, a file a step; ``steps`` has them all."""
