"""The networks: the transformer, its attention, and the sizes it works at."""
