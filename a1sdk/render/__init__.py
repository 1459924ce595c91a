"""Plan a job, run it, and record what was made."""
