"""How a seller brings something else than its terms and the order say, and finds nothing wrong with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.commerce import planning
from semper_host.commerce.brought import Brought, Content
from semper_host.commerce.offers import Offer
from semper_host.commerce.planning import editions
from semper_host.exchange.goods import Goods, Part
from semper_host.host import bringing, selling
from semper_host.model.credentials import Claim, Described
from semper_host.model.encoding import encode
from semper_host.supporting.cryptographic.signing import SigningKey

OTHERS = SigningKey.from_seed(b"o" * 32)
"""Another issuer's key."""


def with_brought(monkeypatch: pytest.MonkeyPatch, change: Callable[[Brought], Brought]) -> None:
    """Have the seller bring something else than its terms and the order say, and find nothing wrong with it."""
    honest, here = bringing.of_seller, threading.local()

    def bring(*given: Any) -> Brought:
        here.cheating = True
        return change(honest(*given) or Brought())

    monkeypatch.setattr(selling, "of_seller", bring)

    def blind(check: Callable[..., None]) -> Callable[..., None]:
        return lambda *asked: None if hasattr(here, "cheating") else check(*asked)

    for name in ("check_issued", "check_brought"):
        monkeypatch.setattr(planning, name, blind(getattr(planning, name)))


def saying(**changes: Any) -> Callable[[Brought], Brought]:
    """Have it describe its credentials otherwise."""

    def change(brought: Brought) -> Brought:
        issued = (
            replace(each, description=encode(replace(Described.decode(each.description), **changes)))
            for each in brought.issued
        )
        return replace(brought, issued=tuple(issued))

    return change


def asking(**changes: Any) -> Callable[[Brought], Brought]:
    """Have it ask to see others."""
    return lambda brought: replace(brought, asked=tuple(replace(each, **changes) for each in brought.asked))


def giving(times: int) -> Callable[[Brought], Brought]:
    """Have it give other content of its offer than what was ordered."""

    def change(brought: Brought) -> Brought:
        [part] = editions(OFFERED[0]).values()
        goods = Goods((Part("course", part.root, part.ck_hash),) * times)
        return replace(brought, contents=(Content("info.course", goods),))

    return change


OFFERED: list[Offer] = []
"""The offer that is dealt under."""
CHEATS: dict[str, tuple[str, Callable[[Brought], Brought]]] = {
    "a passport is asked for in place of the membership": ("shown", asking(kind="passport")),
    "the membership of another club is asked for": ("shown", asking(issuer=OTHERS.public)),
    "the ticket has run out": ("access", saying(not_before=1, not_after=2)),
    "the ticket is good in a thousand years": ("access", saying(not_before=32_503_680_000, not_after=32_503_690_000)),
    "the ticket is for another evening": ("access", saying(claims=(Claim("othello", "1"),))),
    "the ticket opens the door for ever": ("access", saying(once=False)),
    "the key to nothing is sold": ("weak", giving(0)),
    "other content of the offer is sold": ("weak", giving(2)),
    "the ticket is another issuer's": (
        "none",
        lambda brought: replace(
            saying(issuer=OTHERS.public)(brought),
            issued=tuple(replace(each, issuer=OTHERS.public) for each in saying(issuer=OTHERS.public)(brought).issued),
        ),
    ),
}  # fmt: skip
