"""What item managers are asked about the items of a deal, and what becomes of it when they refuse one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from semper_host.api_v1 import Accepted, Declined, Item
from semper_host.exchange.items import ItemRef
from semper_host.host.business import Business
from semper_host.host.managed_items import MOST_BODY, check_items, commit, described, item_of, release, staked, verify
from semper_host.host.plugins import MOST_ASKED, _caller
from semper_host.model.credentials import Described
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.model.money import Money
from semper_host.registry.bundles import Registry, proxy_for
from semper_host.registry.provided import Provided
from semper_host.supporting.cryptographic.entropy import fresh
from tests.commerce.evidence_world import Fair
from tests.plugins.conftest import PLUGINS, load

FAMILIES = ("money", "statement", "credential")


class Manager:
    """A manager of all families that keeps what it was asked, and refuses one digest."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Item]] = []
        self.refuses = b""
        self.registry = Registry()
        said = Provided(b"m" * 32, "item-manager", "x/items", "1.0.0", frozenset({"manager"}))
        self.registry.register(proxy_for(said, self.call))

    def call(self, entry: str, *arguments: Any) -> Any:
        if entry == "manager.families":
            return list(FAMILIES)
        item = arguments[0]
        self.asked.append((entry.removeprefix("manager."), item))
        refused = Declined("it is rubbish") if self.refuses and item.digest == self.refuses else None
        if entry == "manager.describe":
            return [f"{item.family} {item.kind}"]
        if entry == "manager.release":
            return arguments[1]
        return refused or (item if entry == "manager.commit" else Accepted())


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Business]:
    root = tmp_path_factory.mktemp("managed")
    buyer, seller = Fair(root).begin()
    return {"buyer": buyer.deal.business, "seller": seller.deal.business}


@pytest.fixture
def manager() -> Manager:
    return Manager()


def test_each_side_commits_to_its_own_items_and_verifies_the_others(
    sides: dict[str, Business], manager: Manager
) -> None:
    asked = {}
    for side, business in sides.items():
        manager.asked.clear()
        check_items(manager.registry, business)
        asked[side] = sorted((hook, item.family, item.kind) for hook, item in manager.asked)
    turned = {"commit": "verify", "verify": "commit"}
    assert asked["seller"] == sorted((turned[hook], family, kind) for hook, family, kind in asked["buyer"])
    assert len(asked["buyer"]) == 4 and ("commit", "money", "price") in asked["buyer"]


def test_an_item_that_its_manager_refuses_ends_the_deal_before_it_began(
    sides: dict[str, Business], manager: Manager
) -> None:
    manager.refuses = next(each.item.digest for each in staked(sides["buyer"]) if not each.ours)
    for business, what in ((sides["buyer"], "cannot take"), (sides["seller"], "cannot promise")):
        with pytest.raises(PeerDeviated, match="it is rubbish") as refused:
            check_items(manager.registry, business)
        assert refused.value.code == "ITEM_REFUSED" and refused.value.message.startswith(what)


def test_what_we_get_is_described_by_its_manager_but_not_the_deals_own_documents(
    sides: dict[str, Business], manager: Manager
) -> None:
    assert described(manager.registry, sides["seller"]) == ("money price",)
    assert described(manager.registry, sides["buyer"]) == ("statement information",)
    assert [item.title for _, item in manager.asked] == ["", "Key to the course's files"]


def test_a_manager_that_makes_something_else_of_an_item_is_not_followed() -> None:
    item = Item("statement", "offer", b"d" * 32)
    other = Registry()
    said = Provided(b"n" * 32, "item-manager", "x/items", "1.0.0", frozenset({"manager"}))
    other.register(proxy_for(said, lambda entry, *given: list(FAMILIES) if entry == "manager.families" else given[0]))
    commit(other, item, b"text")
    wrong = Registry()
    answers: dict[str, Any] = {"manager.families": list(FAMILIES), "manager.commit": Item("statement", "offer")}
    wrong.register(proxy_for(said, lambda entry, *given: answers[entry]))
    with pytest.raises(PeerDeviated, match="something else"):
        commit(wrong, item, b"text")


def test_large_content_never_crosses_to_a_manager(manager: Manager) -> None:
    large, item = bytes(MOST_BODY + 1), Item("statement", "film", b"d" * 32)
    commit(manager.registry, item, large)
    verify(manager.registry, item, large)
    assert release(manager.registry, item, large) == large
    assert manager.asked == []


def test_what_is_handed_over_is_what_the_manager_releases(manager: Manager) -> None:
    item = Item("statement", "offer", b"")
    assert release(manager.registry, item, b"text") == b"text"
    assert [hook for hook, _ in manager.asked] == ["commit", "release"]
    with pytest.raises(PeerDeviated, match="no admitted bundle"):
        release(Registry(), item, b"text")


def test_a_credential_is_known_to_its_manager_by_what_it_is_described_as() -> None:
    said = Described(1, b"i" * 32, "ticket", "Macbeth", (), b"h" * 32, "main", 1, 2, True)
    ref = ItemRef("credential", "seat", b"d" * 32)
    assert item_of(ref, encode(said)) == Item("credential", "ticket", b"d" * 32, title="Macbeth")
    assert item_of(ref, b"an invoice").family == "statement"
    paid = ItemRef("money", "price", amount=Money(5, "EUR"))
    assert item_of(paid) == Item("money", "price", amount=Money(5, "EUR"))


def test_the_shipped_managers_take_what_the_shipped_terms_exchange(sides: dict[str, Business]) -> None:
    """The courseware's documents, goods and price, by the bundles themselves, run plain."""
    registry = Registry()
    for number, name in enumerate(("payment", "statement", "credential")):
        source = vars(load(PLUGINS / "items" / name / "manager.py"))
        said = Provided(bytes([number]) * 32, "item-manager", f"semper/{name}", "1.0.0", frozenset({"manager"}))
        registry.register(proxy_for(said, lambda entry, *given, source=source: source[entry.partition(".")[2]](*given)))
    for business in sides.values():
        check_items(registry, business)
        assert described(registry, business)


def test_the_same_question_to_the_same_bundle_is_asked_once() -> None:
    """A hook is answered with values by code that can only compute; a refusal, and what is long, is asked again."""
    asked: list[tuple[str, Any]] = []

    class Counting:
        def run(self, bundle: Any, grants: Any, entry: str, arguments: Any, answer: Any) -> Any:
            asked.append((entry, arguments))
            if entry == "manager.fits":
                raise UsageError("USAGE_INVALID", "cannot")
            return len(asked)

    one, other = SimpleNamespace(digest=b"one" + fresh(8)), SimpleNamespace(digest=b"two" + fresh(8))
    calls: list[Any] = [_caller(Counting(), bundle) for bundle in (one, other)]  # type: ignore[arg-type]
    item, long = Item("statement", "offer"), bytes(MOST_ASKED + 1)
    assert [calls[0]("manager.traits", item) for _ in range(3)] == [1, 1, 1]
    assert calls[1]("manager.traits", item) == 2
    assert [calls[0]("manager.verify", item, body) for body in (b"a", b"b", b"a")] == [3, 4, 3]
    assert calls[0]("manager.verify", item, long) != calls[0]("manager.verify", item, long)
    for _ in range(2):
        with pytest.raises(UsageError):
            calls[0]("manager.fits", item, item)
    assert len(asked) == 8
