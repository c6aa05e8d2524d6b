"""Where exports come from, one module a kind of place; the folder is the registry."""
