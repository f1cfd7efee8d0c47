"""`make bench`: measure every area, print a table, write benchmarks/results.json.

python benchmarks/run.py [--only AREA]... [--runs N] [--results FILE]
"""

from __future__ import annotations

import argparse
import gc
import importlib
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results.json"
LEAST_RUNS = 5

AREAS = {
    "exchange": ["exchange", "trustee", "containers"],
    "journal": ["journal"],
    "stream": ["stream"],
    "confinement": ["confinement", "memory"],
    "admission": ["admission"],
    "repo": ["repo"],
    "commerce": ["commerce_click"],
    "payments": ["payments"],
    "ui": ["ui"],
}
"""The modules that measure each area; a row's name begins with its area."""


def main() -> int:
    """Measure what the arguments ask for; return the exit code: 0, or 1 where an area could not be measured."""
    chosen = _arguments()
    from benchmarks import report
    from benchmarks.measure import Bench, Row

    rows: list[Row] = []
    measured = []
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=ROOT / "benchmarks") as scratch:
        bench = Bench(chosen.runs, Path(scratch))
        try:
            for area in chosen.only:
                started = time.monotonic()
                try:
                    modules = [importlib.import_module(f"benchmarks.{name}") for name in AREAS[area]]
                    gc.freeze()  # as every host does once its modules are loaded: host/serving.py, cli/lazy.py
                    found = [row for module in modules for row in module.rows(bench)]
                except Exception as error:
                    print(f"{area}: cannot be measured: {type(error).__name__}: {error}", file=sys.stderr)
                    continue
                rows += found
                measured.append(area)
                print(f"{area}: {len(found)} rows in {time.monotonic() - started:.0f} s", file=sys.stderr)
        finally:
            bench.close()
    report.show(rows)
    report.write(chosen.results, rows, measured)
    return 0 if len(measured) == len(chosen.only) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure this host against its limits, here and now.")
    parser.add_argument("--only", action="append", choices=list(AREAS), help="measure only this area (can be repeated)")
    parser.add_argument("--runs", type=int, default=7, help=f"timings behind each median, at least {LEAST_RUNS} (7)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where to write the results")
    chosen = parser.parse_args()
    chosen.only = list(dict.fromkeys(chosen.only or AREAS))
    if chosen.runs < LEAST_RUNS:
        parser.error(f"a median of fewer than {LEAST_RUNS} runs says little")
    return chosen


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    sys.exit(main())
