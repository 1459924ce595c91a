"""FCPXML, as Final Cut Pro writes it."""
