"""`python -m a1sdk` is `a1`."""

from a1sdk.cli import main

main()
