"""The fork server for commands that only have bundle code compiled: started when first needed, its walls tested."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from semper_host.confinement import selftest
from semper_host.confinement.zygote import Zygote


@contextmanager
def linter() -> Iterator[Callable[[], Zygote]]:
    """Give a function that returns the running fork server; it is stopped at the end.

    The function raises Unavailable CONFINEMENT_UNAVAILABLE.
    """
    running: list[Zygote] = []

    def zygote() -> Zygote:
        if not running:
            running.append(Zygote.start())
            selftest.require(selftest.selftest(running[0]))
        return running[0]

    try:
        yield zygote
    finally:
        for each in running:
            each.close()
