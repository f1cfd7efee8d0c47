"""What the processes of a market are forked from: one that has imported all that a host may, and done nothing else."""

from __future__ import annotations

import gc
import importlib
import pkgutil
from contextlib import suppress

import semper_host
from tests.marketplace import mortal_party

__all__ = ["mortal_party"]

ELSEWHERE = ("semper_host.cli", "semper_host.web", "semper_host.confinement", "semper_host.__main__")
"""Not for the processes here: commands, pages, what runs behind walls."""

for module in pkgutil.walk_packages(semper_host.__path__, "semper_host."):
    if not module.name.startswith(ELSEWHERE):
        with suppress(ImportError):  # an extra that is not installed
            importlib.import_module(module.name)
gc.freeze()  # what is here stays: whoever is forked need not look through it, nor copy it for that
