"""Pull: exports that arrive by themselves. One connection is a few lines of TOML; what it brings is a load like any other."""
