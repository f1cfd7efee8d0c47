"""Terms whose deals would bring more exhibits than a record takes are known before anybody begins one."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from semper_host.commerce.check import prove
from semper_host.commerce.check_record import MOST_EXHIBITS, check_record, exhibits
from semper_host.commerce.flow import unfold
from semper_host.commerce.terms import parse_terms
from semper_host.commerce.terms_model import Terms
from semper_host.model.errors import AdmissionRefused

SOUND = sorted((Path(__file__).parent / "terms" / "sound").glob("*.yaml"))
SHIPPED = sorted((Path(__file__).parents[2] / "plugins" / "commerce").glob("*/terms.yaml"))


def monthly(months: int) -> Terms:
    """The subscription, for so many months."""
    text = next(path for path in SOUND if path.stem == "subscription").read_bytes()
    return parse_terms(text.replace(b"most: 12", b"most: %d" % months))


@pytest.mark.parametrize("path", [*SOUND, *SHIPPED], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_sound_terms_fit_into_a_record(path: Path) -> None:
    check_record(parse_terms(path.read_bytes()))


def test_each_round_of_a_circle_counts_and_too_many_are_refused() -> None:
    reckoned = [exhibits(unfold(monthly(months))) for months in range(1, 9)]
    (each,) = {after - before for before, after in pairwise(reckoned)}
    assert each >= 8, "four messages, what the bank says, and a decision at the least"
    fit = 1 + (MOST_EXHIBITS - reckoned[0]) // each
    check_record(monthly(fit))
    prove(monthly(fit + 1))  # nothing else is wrong with them
    with pytest.raises(AdmissionRefused, match=f"exhibits, and its record takes {MOST_EXHIBITS}") as caught:
        check_record(monthly(fit + 1))
    assert caught.value.code == "TERMS_INVALID"
