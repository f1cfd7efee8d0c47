"""After hostile bundles the same host makes its next deal; and each deal says on what its service's code runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from semper_host.api_v1 import Item
from semper_host.confinement.source import DIALECT, INTERPRETER
from semper_host.host import builds
from semper_host.host.builds import Build
from semper_host.model.errors import SemperError
from tests.host.admitting import admitted
from tests.host.marketplace import Marketplace
from tests.host.street import Street, open_street

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


def test_after_hostile_bundles_the_next_deal_succeeds_and_names_its_build(street: Street) -> None:
    for attack in ATTACKS:
        bundle = admitted("item-manager", {"manager": (BUNDLES / f"{attack}.py").read_bytes()})
        with pytest.raises(SemperError):
            street.buyer.sandbox.run(
                bundle, bundle.grants, "manager.describe", (Item("statement", "offer"),), lambda request: b""
            )
    live = street.agree()
    street.run(live)
    assert street.sold(live)
    service = live.business.service.digest
    for home in (street.customer, street.merchant):
        assert builds.recorded(home.archive, live.id, service) == Build(service, DIALECT, INTERPRETER)
    street.quiet()
