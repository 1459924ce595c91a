"""Who is who: people recognised in portraits and films, and several faces that perform at once."""
