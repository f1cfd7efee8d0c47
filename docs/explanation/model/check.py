"""Checks the model of the exchange with Spin: every kind for every honest side, and that every mutant is found.

python docs/explanation/model/check.py        or  make model; needs the programs `spin` and a C compiler
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MODEL = Path(__file__).with_name("exchange.pml")
KINDS = ("CONTRACT", "PURCHASE", "INFORMATION", "MONEY")
HONEST = (("HONEST_A", "HONEST_B"), ("HONEST_A",), ("HONEST_B",))
MUTANTS = {
    "CONTINUE_AFTER_ABORT": ("PURCHASE", ("HONEST_A",)),
    "LATE_M2": ("PURCHASE", ("HONEST_A",)),
    "GIVE_UP": ("PURCHASE", ("HONEST_B",)),
    "FORGET": ("CONTRACT", ("HONEST_A",)),
    "NO_FINAL": ("MONEY", ("HONEST_B",)),
    "NO_CERTIFICATE": ("INFORMATION", ("HONEST_A",)),
    "EARLY_KEY": ("PURCHASE", ("HONEST_A",)),
    "NO_ESCROW_CHECK": ("PURCHASE", ("HONEST_B",)),
}
"""What taking each rule out breaks, and for whom."""


class Run:
    """One exhaustive search: how many states and transitions, and whether anything went wrong."""

    def __init__(self, defines: tuple[str, ...]) -> None:
        self.text = search(defines)
        self.errors = number(r"errors: (\d+)", self.text)
        self.states = number(r"(\d+) states, stored", self.text)
        self.transitions = number(r"(\d+) transitions", self.text)
        self.complete = "max search depth too small" not in self.text


def search(defines: tuple[str, ...]) -> str:
    """Return what Spin's verifier says of the model with these macros defined."""
    with tempfile.TemporaryDirectory() as folder:
        flags = [f"-D{define}" for define in defines]
        run(["spin", "-a", *flags, str(MODEL)], folder)
        run([compiler(), "-O0", "-w", "-DSAFETY", "-o", "pan", "pan.c"], folder)
        return run([str(Path(folder, "pan")), "-m1000000"], folder)


def run(command: list[str], folder: str) -> str:
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise SystemExit(f"cannot check the model: {command[0]} failed: {ran.stdout}{ran.stderr}")
    return ran.stdout


def compiler() -> str:
    return next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), "")


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"cannot read what the verifier says: {text}")
    return int(found[1])


def missing() -> str:
    """Return why the model can't be checked here; "" if it can."""
    if not shutil.which("spin"):
        return "the program `spin` is not installed (Debian, Ubuntu: apt-get install spin)"
    return "" if compiler() else "no C compiler is installed"


def main() -> int:
    """Check everything; print one line a run. Returns the process's exit code."""
    if missing():
        print(f"skipped: {missing()}")
        return 0
    wrong = 0
    for kind in KINDS:
        for honest in HONEST:
            found = Run((f"KIND={kind}", *honest))
            wrong += bool(found.errors) or not found.complete
            print(f"{kind:12} {' '.join(honest):18} {found.states:7} states {found.transitions:8} transitions", end="")
            print("" if not found.errors else "  WRONG")
    for mutant, (kind, honest) in MUTANTS.items():
        found = Run((f"KIND={kind}", *honest, mutant))
        wrong += not found.errors
        print(f"{kind:12} {' '.join(honest):18} without: {mutant} {'found' if found.errors else 'NOT FOUND'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
