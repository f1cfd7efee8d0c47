"""The registry: host-made proxies, questions answered with values, conflicts said and not guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semper_host.api_v1 import Accepted, Declined, Item, ItemTraits, Money, PaymentTraits
from semper_host.model.errors import SemperError, UsageError
from semper_host.registry import hookspecs
from semper_host.registry.bundles import BundleProxy, ItemProxy, PaymentChoice, PaymentProxy, Registry, proxy_for
from semper_host.registry.provided import GREASE, Provided, Unsupported

ALL = frozenset({"payer", "payee", "trustee", "bank", "manager", "buyer", "seller"})


def provided(number: int, kind: str, name: str, version: str = "1.0.0", roles: frozenset[str] = ALL) -> Provided:
    return Provided(bytes([number]) * 32, kind, name, version, roles)


def payment(number: int, name: str, currencies: list[str], holds: bool = True, version: str = "1.0.0") -> BundleProxy:
    traits = PaymentTraits(name, "cash", currencies, holds, True, True)
    return proxy_for(provided(number, "payment-system", name, version), lambda entry, *arguments: traits)


def items(number: int, name: str, *families: str) -> BundleProxy:
    answers: dict[str, Any] = {
        "manager.families": list(families),
        "manager.traits": ItemTraits(True, True),
        "manager.describe": [name],
        "manager.fits": Accepted(),
        "manager.commit": Item(families[0], "made"),
        "manager.verify": Declined(name),
        "manager.release": b"",
    }
    return proxy_for(provided(number, "item-manager", name), lambda entry, *arguments: answers[entry])


def ids(choices: list[PaymentChoice]) -> list[str]:
    return [choice.provided.id for choice in choices]


@pytest.fixture
def registry() -> Registry:
    return Registry()


def test_who_can_pay_in_a_currency_under_strong_fairness(registry: Registry) -> None:
    registry.register(payment(1, "x/ecash", ["EUR", "USD"]))
    registry.register(payment(2, "x/card", ["EUR"], holds=False))
    registry.register(payment(3, "x/yen", ["JPY"]))
    assert ids(registry.payers("EUR")) == ["x/card", "x/ecash"]
    assert ids(registry.payers("EUR", strong=True)) == ["x/ecash"]
    assert ids(registry.payers("JPY")) == ["x/yen"]
    assert ids(registry.payers("CHF")) == []


def test_a_payment_system_without_a_payer_side_is_not_offered(registry: Registry) -> None:
    def never(entry: str, *arguments: Any) -> Any:
        raise AssertionError(entry)

    registry.register(proxy_for(provided(1, "payment-system", "x/bank", roles=frozenset({"bank"})), never))
    assert registry.payers("EUR") == []


def test_traits_are_asked_for_once(registry: Registry) -> None:
    asked: list[str] = []

    def call(entry: str, *arguments: Any) -> Any:
        asked.append(entry)
        return PaymentTraits("x", "cash", ["EUR"], True, True, True)

    registry.register(proxy_for(provided(1, "payment-system", "x/a"), call))
    registry.payers("EUR")
    registry.payers("USD")
    assert asked == ["payer.traits"]


def test_an_item_is_asked_of_its_familys_manager(registry: Registry) -> None:
    registry.register(items(1, "x/money", "money"))
    registry.register(items(2, "x/statement", "statement"))
    price = Item("money", "price", amount=Money(1, "EUR"))
    assert registry.describe(price) == ["x/money"]
    assert registry.describe(Item("statement", "offer")) == ["x/statement"]
    assert registry.item_traits(price) == ItemTraits(True, True)
    assert registry.fits(price, price) == Accepted()


def test_an_item_is_committed_to_verified_and_released_by_its_familys_manager(registry: Registry) -> None:
    registry.register(items(1, "x/money", "money"))
    registry.register(items(2, "x/statement", "statement"))
    offer = Item("statement", "offer")
    assert registry.commit(offer, b"text") == Item("statement", "made")
    assert registry.verify(offer, b"text") == Declined("x/statement")
    assert registry.release(offer, b"text") == b"", "nothing is an answer, and not nobody's"


def test_an_item_that_nobody_manages_promises_nothing(registry: Registry) -> None:
    ticket = Item("credential", "ticket")
    for answer in (registry.commit(ticket, b""), registry.verify(ticket, b""), registry.release(ticket, b"")):
        assert isinstance(answer, Declined) and "credential" in answer.why
    assert registry.item_traits(ticket) == ItemTraits(generatable=False, revocable=False)
    assert registry.describe(ticket) == ["credential (ticket)"]
    assert isinstance(registry.fits(ticket, ticket), Declined)


def test_two_managers_of_one_family_conflict(registry: Registry) -> None:
    registry.register(items(1, "x/money", "money"))
    with pytest.raises(UsageError) as refused:
        registry.register(items(2, "y/money", "statement", "money"))
    assert refused.value.code == "BUNDLE_CONFLICT"
    assert [each.id for each in registry.all()] == ["x/money"]
    assert registry.describe(Item("money", "price")) == ["x/money"]


def test_a_newer_version_takes_over_and_the_older_answers_to_its_digest(registry: Registry) -> None:
    registry.register(payment(1, "x/ecash", ["EUR"]))
    registry.register(payment(2, "x/ecash", ["USD"], version="2.0.0"))
    assert registry.payers("EUR") == [] and len(registry.payers("USD")) == 1
    assert registry.current("payment-system", "x/ecash").provided.version == "2.0.0"
    assert registry.by_digest(b"\x01" * 32).provided.version == "1.0.0"


def test_a_manager_is_replaced_by_its_own_next_version(registry: Registry) -> None:
    registry.register(items(1, "x/money", "money"))
    registry.register(items(2, "x/money", "money"))
    assert registry.ask("describe_item", item=Item("money", "price")) == [["x/money"]]


def test_registering_twice_and_unregistering_twice_change_nothing(registry: Registry) -> None:
    one = payment(1, "x/ecash", ["EUR"])
    registry.register(one)
    registry.register(one)
    assert len(registry.payers("EUR")) == 1
    registry.unregister(one.provided.digest)
    registry.unregister(one.provided.digest)
    assert registry.all() == [] and registry.payers("EUR") == []


def test_unregistering_an_older_version_leaves_the_current_one(registry: Registry) -> None:
    registry.register(payment(1, "x/ecash", ["EUR"]))
    registry.register(payment(2, "x/ecash", ["EUR"]))
    registry.unregister(b"\x01" * 32)
    assert len(registry.payers("EUR")) == 1


def test_an_unknown_bundle_is_said_to_be_unknown(registry: Registry) -> None:
    finds: tuple[Callable[[], object], ...] = (
        lambda: registry.by_digest(bytes(32)),
        lambda: registry.current("payment-system", "x/y"),
    )
    for find in finds:
        with pytest.raises(UsageError) as refused:
            find()
        assert refused.value.code == "BUNDLE_UNKNOWN"


def test_every_proxy_says_what_it_provides(registry: Registry) -> None:
    registry.register(payment(1, "x/ecash", ["EUR"]))
    registry.register(proxy_for(provided(2, "commerce-service", "x/shop"), lambda entry: None))
    registry.register(proxy_for(provided(3, "kind-of-the-future", "x/new"), lambda entry: None))
    assert {each.id for each in registry.ask("provides")} == {"x/ecash", "x/shop", "x/new"}


def test_a_proxys_error_reaches_the_caller(registry: Registry) -> None:
    def failing(entry: str, *arguments: Any) -> Any:
        raise SemperError("BUNDLE_FAILED", "cannot run the bundle")

    registry.register(proxy_for(provided(1, "payment-system", "x/bad"), failing))
    with pytest.raises(SemperError):
        registry.payers("EUR")


# --- grease: what nobody knows has a defined answer


@given(st.text(max_size=30))
def test_a_hook_that_does_not_exist_is_answered_with_nothing(name: str) -> None:
    registry = Registry()
    registry.register(payment(1, "x/ecash", ["EUR"]))
    if name not in {hook.__name__ for hook in hookspecs.HOOKS}:
        assert registry.ask(name, anything=1) == []


@pytest.mark.parametrize("entry", ["", "payer.", ".hold", "payer.rob", "payer.hold ", GREASE + "1", "__x__"])
def test_an_entry_point_that_does_not_exist_runs_nothing(entry: str) -> None:
    def never(entry: str, *arguments: Any) -> Any:
        raise AssertionError(entry)

    assert proxy_for(provided(1, "payment-system", "x/a"), never).ask(entry) == Unsupported(entry)


def test_an_entry_point_of_a_role_that_the_bundle_lacks_runs_nothing() -> None:
    proxy = proxy_for(provided(1, "payment-system", "x/a", roles=frozenset({"bank"})), lambda entry, *arguments: b"")
    assert proxy.ask("payer.traits") == Unsupported("payer.traits")
    assert proxy.ask("bank.answer", b"", "") == b""


def test_a_proxy_that_answers_to_grease_is_refused(registry: Registry) -> None:
    class Babbler(BundleProxy):
        def ask(self, entry: str, *arguments: Any) -> Any:
            return "yes"

    with pytest.raises(UsageError) as refused:
        registry.register(Babbler(provided(1, "payment-system", "x/a"), lambda entry: None))
    assert refused.value.code == "BUNDLE_CONFLICT"


# --- the contract


def test_every_hook_that_a_proxy_implements_is_in_the_contract() -> None:
    known = {hook.__name__ for hook in hookspecs.HOOKS}
    for kind in (BundleProxy, PaymentProxy, ItemProxy):
        implemented = {name for name in dir(kind) if hasattr(getattr(kind, name), f"{hookspecs.PROJECT}_impl")}
        assert implemented and implemented <= known


def test_every_hook_is_implemented_by_some_proxy() -> None:
    kinds: list[Callable[..., Any]] = [PaymentProxy, ItemProxy]
    for hook in hookspecs.HOOKS:
        assert any(hasattr(getattr(kind, hook.__name__, None), f"{hookspecs.PROJECT}_impl") for kind in kinds)
