"""Area ui: the kernel's templates, from a typed screen to checked lines and their digest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.measure import Bench, Row, clocked, duration, in_turn
from benchmarks.setting import now
from semper_host.commerce.check import check
from semper_host.host import installed
from semper_host.host.buyer_screens import review_screen
from semper_host.model.money import Money
from semper_host.supporting.trusted_ui.screens import Approval
from semper_host.supporting.trusted_ui.templates import render

ROUNDS = 100
"""Screens of one run."""


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of this area."""
    setting = bench.setting
    service = installed.admit_pack(setting.home("buyer"), setting.packs["commerce-courseware"], now())
    review = review_screen(service, check(installed.terms_of(service)))
    approval = Approval(
        amount=Money(1990, "EUR"), payee="EUROCOM", fingerprint=bytes(32),
        reason="a course under semper/courseware 1.0.0",
        given_up="19.90 EUR held at the bank until the goods' key is here", deadline=now() + 3600,
        most_at_risk=Money(1990, "EUR"), longest=3600,
    )  # fmt: skip
    for name, screen in (("review", review), ("approval", approval)):
        rendered = partial(render, screen, "en", "terminal")
        (timings,) = in_turn(bench.runs, _several(rendered))
        yield duration(f"ui.render_{name}", "µs", timings)


def _several(act: Callable[[], object]) -> Callable[[], float]:
    return lambda: clocked(lambda: [act() for _ in range(ROUNDS)])() / ROUNDS
