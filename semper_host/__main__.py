"""`python -m semper_host`: the command line."""

from semper_host.cli import main

main()
