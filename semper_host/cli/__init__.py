"""The command line: `semper [--home DIR] NOUN VERB`."""

import gc


def main() -> None:
    """Load what was called and run it."""
    gc.disable()  # while modules are loaded nothing becomes garbage; looking for it took a fifth of a command's start
    from semper_host.cli.program import main as run

    run()


__all__ = ["main"]
