"""A merchant without a purse is told so before anything is sealed or signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from semper_host.admission.pack import Pack
from semper_host.host import offers
from semper_host.model.errors import UsageError
from semper_host.model.money import Money
from tests.host.marketplace import Marketplace, now


def test_what_costs_money_is_not_offered_from_a_home_without_a_purse(
    market: Marketplace, packs: dict[str, Pack], tmp_path: Path
) -> None:
    home = market.home("merchant", "Purseless")
    content = tmp_path / "content"
    content.mkdir()
    (content / "lesson.txt").write_text("one")
    things = [offers.ForSale("course", "A course", Money(1990, "EUR"), content)]
    with pytest.raises(UsageError, match=r"cannot offer anything for money.*`semper purse open URL`"):
        offers.make(home, "course", packs["commerce-courseware"], things, {}, [], b"", (now(), now() + 60), now())
    assert not (home.public / "editions").exists()
    assert not (home.public / "offers").exists()
