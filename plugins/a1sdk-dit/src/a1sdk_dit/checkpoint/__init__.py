"""A checkpoint in the release's layout: found, checked, loaded."""
