"""One transformer's work on several devices."""
