"""A package: another one called `tests`, which a dependency installs, is not taken for it."""
