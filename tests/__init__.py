"""The tests; a package, since another by this name may be installed."""
