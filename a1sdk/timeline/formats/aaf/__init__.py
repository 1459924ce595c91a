"""AAF, as Media Composer writes it."""
