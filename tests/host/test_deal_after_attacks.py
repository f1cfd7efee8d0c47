"""After hostile bundles the same host makes its next deal; and each deal says on what its service's code runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from semper_host.api_v1 import Item
from semper_host.confinement.source import DIALECT, INTERPRETER
from semper_host.host import builds, offers
from semper_host.host.builds import Build
from semper_host.model.errors import SemperError
from semper_host.model.money import Money
from tests.host.admitting import admitted
from tests.host.marketplace import Marketplace
from tests.host.street import Street, offer, open_street, street_in

BUNDLES = Path(__file__).parent.parent / "hostile" / "bundles"
ATTACKS = (
    "language/gi_frame", "language/reentrant_lt", "resources/endless_loop", "resources/deep_tuple_hash",
    "resources/list_bomb", "protocol/call_flood", "protocol/ungranted_payment", "protocol/oversized_result",
)  # fmt: skip


@pytest.fixture
def street(market: Marketplace, tmp_path: Path) -> Iterator[Street]:
    with open_street(market, tmp_path / "course") as made:
        made.arrive()
        yield made


def attack(street: Street, source: bytes) -> None:
    """Run a hostile bundle on the buyer's host; some are harmless."""
    bundle = admitted("item-manager", {"manager": source})
    with contextlib.suppress(SemperError):
        street.buyer.sandbox.run(
            bundle, bundle.grants, "manager.describe", (Item("statement", "offer"),), lambda request: b""
        )


def test_after_hostile_bundles_the_next_deal_succeeds_and_names_its_build(street: Street) -> None:
    for name in ATTACKS:
        attack(street, (BUNDLES / f"{name}.py").read_bytes())
    live = street.agree()
    street.run(live)
    assert street.sold(live)
    service = live.business.service.digest
    for home in (street.customer, street.merchant):
        assert builds.recorded(home.archive, live.id, service) == Build(service, DIALECT, INTERPRETER)
    street.quiet()


@pytest.fixture(scope="module")
def one_street(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Any
) -> Iterator[Street]:
    with street_in(tmp_path_factory.mktemp("street"), authorities, packs, market_mint, zygote) as made:
        thing = offers.ForSale("course", "A course", Money(1, "EUR"), made.content)
        made.signed = offer(made, "cheap", things=[thing])
        yield made


@pytest.mark.deep
@pytest.mark.parametrize("path", sorted(BUNDLES.glob("*/*.py")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_after_every_single_attack_the_next_deal_of_the_same_host_succeeds(one_street: Street, path: Path) -> None:
    attack(one_street, path.read_bytes())
    live = one_street.agree()
    one_street.run(live)
    assert one_street.sold(live)
    one_street.quiet()
