"""Area commerce, click to terms: from an accepted offer to the first complete screen, host up, home fresh, cache empty.

The merchant's files are served by this process, the buyer's host is another one: real loopback HTTP between two.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

from benchmarks.measure import Bench, Row, duration
from benchmarks.process import program
from benchmarks.setting import PASSPHRASE
from semper_host.host.payments import KEYS_PATH


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows: the whole in a host that is up, its parts in order, and the first click of a process."""
    offer, page = bench.setting.offer_url, bench.setting.bank[1] + KEYS_PATH
    up, first = [], []
    for number in range(bench.runs + 1):
        clicks = click(bench, offer, page), click(bench, offer)
        if number:
            up.append(clicks[0])
            first.append(clicks[1])
    yield duration("commerce.click_to_terms", "ms", [each.pop("whole") for each in up], most_value=100)
    for part in up[0]:
        yield duration(f"commerce.click_{part}", "ms", [each[part] for each in up])
    yield duration("commerce.click_to_terms_first", "ms", [each["whole"] for each in first])


def click(bench: Bench, *addresses: str) -> dict[str, float]:
    """Click once, with a fresh home in a fresh process; return the seconds of each part."""
    home = bench.setting.home("buyer")
    home.close()
    clicking = program("clicking_process", str(home.path), PASSPHRASE, *addresses)
    done = subprocess.run(clicking.command, cwd=clicking.cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-500:])
    parts: dict[str, float] = json.loads(done.stdout)
    return parts
