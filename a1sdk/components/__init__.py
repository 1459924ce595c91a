"""Components: what plugins implement, how they are found, and how they are checked."""
