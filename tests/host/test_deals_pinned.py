"""What a deal began with, it ends with: neither side's change of trust keeps it from going on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from semper_host.host import trusting
from semper_host.model.errors import SemperError
from tests.host.street import BANK, Street, street_in


@pytest.fixture
def street(tmp_path: Any, authorities: Any, packs: Any, market_mint: Any, zygote: Any) -> Iterator[Street]:
    with street_in(tmp_path / "street", authorities, packs, market_mint, zygote) as made:
        yield made


def test_a_deal_goes_on_when_both_sides_withdraw_their_trust(street: Street) -> None:
    live = street.agree()
    street.line.cut.add(BANK)  # the merchant can't collect before the trust is gone
    street.run(live, 4)
    policies = {home: (home.trust / "policy.yaml").read_bytes() for home in (street.merchant, street.customer)}
    for home in policies:
        for name in ("Evaluators", "Registrars"):
            trusting.remove(home.trust, name)
    street.arrive()
    street.reopen()
    lives = street.buyer.take_up()
    assert len(lives) == 1
    street.run(lives[0], 20)
    assert street.sold(lives[0])
    with pytest.raises(SemperError) as caught:
        street.agree()
    assert caught.value.code in ("CHAIN_UNTRUSTED", "EVAL_MISSING")
    for home, policy in policies.items():
        (home.trust / "policy.yaml").write_bytes(policy)
    street.check_money(sales=1)
