"""Motion: what a face does over time, and what can be done with it.

Importing this package imports none of its modules.
"""
