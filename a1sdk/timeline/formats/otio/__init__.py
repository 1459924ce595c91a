"""OpenTimelineIO, of any version and dialect."""
