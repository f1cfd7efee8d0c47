"""The command line: `semper [--home DIR] NOUN VERB`."""

from semper_host.cli.program import main

__all__ = ["main"]
