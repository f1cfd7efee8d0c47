"""The whole plugin contract: every question that the host may put to the admitted bundles.

A hook asks "who can?" and is answered with values; nothing is done by a hook. What acts is a call of one bundle's
entry point, chosen by the answers. Only host-made proxies implement these hooks (see `bundles`), never bundle
objects. Documented in docs/reference/hooks.md, which a test compares with the signatures below.
"""

from __future__ import annotations

import pluggy

from semper_host.api_v1.calls import Accepted, Declined, Item, ItemTraits, PaymentTraits
from semper_host.registry.provided import Provided

PROJECT = "semper"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def provides() -> Provided:  # type: ignore[empty-body]
    """Say which bundle this is and which entry points it has. Every proxy answers."""


@hookspec
def payment_traits() -> tuple[Provided, PaymentTraits]:  # type: ignore[empty-body]
    """Say what this payment system can do. Every payment system with a payer side answers."""


@hookspec(firstresult=True)
def item_traits(item: Item) -> ItemTraits | None:
    """Say whether a trustee can generate `item`, whether it can be revoked, and until when.

    The manager of its family answers.
    """


@hookspec(firstresult=True)
def describe_item(item: Item) -> list[str] | None:
    """Describe `item` to people, in lines of plain text. The manager of its family answers."""


@hookspec(firstresult=True)
def fits(offered: Item, agreed: Item) -> Accepted | Declined | None:
    """Say whether what is `offered` is what was `agreed`. The manager of the agreed item's family answers."""


@hookspec(firstresult=True)
def commit_item(item: Item, body: bytes) -> Item | Declined | None:
    """Return the item that `body` makes, fixed by its digest, before anybody promises it; or why it makes none.

    The manager of its family answers. What is committed is what an exchange's label names.
    """


@hookspec(firstresult=True)
def verify_item(agreed: Item, body: bytes) -> Accepted | Declined | None:
    """Say whether the `body` that came is the item that was `agreed`. The manager of its family answers."""


@hookspec(firstresult=True)
def release_item(item: Item, body: bytes) -> bytes | None:
    """Return what is handed over for an item with this `body`; nothing, where its keeper hands it over (money).

    The manager of its family answers.
    """


HOOKS = (provides, payment_traits, item_traits, describe_item, fits, commit_item, verify_item, release_item)
"""Every hook there is. A question by any other name is answered with nothing: see `Registry.ask`."""
