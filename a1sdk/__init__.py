"""Make a portrait perform. Plugin authors: see `a1sdk.plugin`."""
