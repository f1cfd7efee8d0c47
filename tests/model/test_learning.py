"""A type that many threads want for the first time at once is learnt by one of them."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import msgspec, sys, threading
from semper_host.model.encoding import Record, encode
from semper_host.model.learning import convert

def made(number):
    inner = msgspec.defstruct(f"Inner{number}", [(f"f{n}", int, 0) for n in range(30)], frozen=True)
    outer = msgspec.defstruct(f"Outer{number}", [(f"g{n}", inner, inner()) for n in range(30)], frozen=True)
    return outer

def together(kind, ready):
    ready.wait()
    assert convert({"g0": {"f0": 7}}, kind).g0.f0 == 7

sys.setswitchinterval(1e-6)
for number in range(300):
    kind, ready = made(number), threading.Barrier(4)
    threads = [threading.Thread(target=together, args=(kind, ready)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print("all learnt")
"""


def test_threads_that_convert_to_a_type_for_the_first_time_at_once_all_get_it() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "all learnt\n"), done.stderr[-500:]
