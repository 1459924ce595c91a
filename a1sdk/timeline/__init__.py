"""Editing timelines: read any cut, find its shots, hand it back. Not loaded by `import a1sdk`."""
