"""Readers of cuts, one package or module a format: each has `read(path, rate) -> Cut`."""
