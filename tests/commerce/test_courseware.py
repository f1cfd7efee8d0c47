"""The shipped courseware service and the two that mean harm: honest manifests, decisions plain and confined."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from semper_host.admission.build import build
from semper_host.admission.manifest import Manifest, parse_manifest
from semper_host.api_v1 import (
    Accepted,
    Article,
    Declined,
    Line,
    OfferView,
    Order,
    OrderLine,
    Parameter,
    Pay,
    Quote,
)
from semper_host.commerce.check import check
from semper_host.commerce.forms import order_form
from semper_host.commerce.terms import parse_terms
from semper_host.confinement.broker import Broker
from semper_host.confinement.source import Source
from semper_host.confinement.zygote import Zygote
from semper_host.model.errors import CapabilityRefused
from semper_host.model.grants import BASELINE
from semper_host.model.money import Money

ROOT = Path(__file__).parent.parent.parent
COURSEWARE = ROOT / "plugins/commerce/courseware"
HOSTILE = ROOT / "plugins/demo"
SERVICES = (COURSEWARE, HOSTILE / "unevaluated", HOSTILE / "grabber")

PYTHON = Article("python", "Python for engineers", Money(1990, "EUR"))
LOGIC = Article("logic", "Logic", Money(500, "EUR"))
OFFER = OfferView(
    [PYTHON, LOGIC], [Parameter("price_ceiling", Money(5000, "EUR")), Parameter("answer_within", "PT30S")]
)
ONE = Order([OrderLine("python", 1)])


def files_of(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def manifest_of(directory: Path) -> Manifest:
    return parse_manifest((directory / "manifest.yaml").read_bytes(), unpublished=True)


@pytest.mark.parametrize("directory", SERVICES, ids=lambda path: path.name)
def test_a_service_builds_with_the_digests_of_its_legal_texts(directory: Path) -> None:
    assert build(files_of(directory)) == build(files_of(directory))


@pytest.mark.parametrize("directory", SERVICES, ids=lambda path: path.name)
def test_a_service_requests_exactly_what_its_terms_make_necessary(directory: Path) -> None:
    needed = check(parse_terms((directory / "terms.yaml").read_bytes())).needed
    assert manifest_of(directory).capabilities == needed


@pytest.mark.parametrize("directory", SERVICES, ids=lambda path: path.name)
def test_a_service_imports_nothing_but_the_api_and_uses_no_floats(directory: Path) -> None:
    for path in directory.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            assert not isinstance(node, ast.Import)
            assert not isinstance(node, ast.ImportFrom) or node.module == "semper_host.api_v1"
            assert not isinstance(node, ast.Constant) or not isinstance(node.value, float)


def test_the_most_that_courseware_requests_is_the_most_that_its_terms_allow() -> None:
    spec = parse_terms((COURSEWARE / "terms.yaml").read_bytes()).parameter("price_ceiling")
    most = {asked.grant.most for asked in manifest_of(COURSEWARE).requests if asked.capability.startswith("money.")}
    assert most == {Money(spec.most, "EUR")}


def test_the_legal_texts_say_the_same_in_each_language() -> None:
    """As far as a machine can tell: the same numbered clauses."""
    heads = [[line[:2] for line in text.splitlines() if line[:1].isdigit()] for text in _legal()]
    assert heads[0] == heads[1]
    assert len(heads[0]) == 10


def _legal() -> Iterator[str]:
    for locale in ("en", "de"):
        yield (COURSEWARE / f"legal.{locale}.txt").read_text("utf-8")


def _plain(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"courseware_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def seller() -> ModuleType:
    return _plain(COURSEWARE / "seller.py")


@pytest.fixture(scope="module")
def buyer() -> ModuleType:
    return _plain(COURSEWARE / "buyer.py")


def test_a_quote_lists_each_article_at_its_price(seller: ModuleType) -> None:
    order = Order([OrderLine("python", 2), OrderLine("logic", 1)])
    quote = seller.quote(OFFER, order)
    assert quote.total == Money(4480, "EUR")
    assert [line.text for line in quote.lines] == ["2 x Python for engineers", "1 x Logic"]
    assert order_form(OFFER.articles).check_quote(order, quote) == quote.total


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (Order([]), "empty"),
        (Order([OrderLine("rust", 1)]), "no article rust"),
        (Order([OrderLine("python", 0)]), "at least one"),
        (Order([OrderLine("python", 3)]), "the most under this offer is 50.00 EUR"),
    ],
)
def test_the_seller_declines_what_it_cannot_sell(seller: ModuleType, order: Order, said: str) -> None:
    declined = seller.quote(OFFER, order)
    assert isinstance(declined, Declined)
    assert said in declined.why


def test_the_seller_accepts_its_own_quote_and_no_other(seller: ModuleType) -> None:
    quote = seller.quote(OFFER, ONE)
    assert seller.accept(OFFER, ONE, quote) == Accepted()
    assert isinstance(seller.accept(OFFER, ONE, Quote(quote.lines, Money(1, "EUR"))), Declined)
    assert isinstance(seller.accept(OFFER, Order([OrderLine("python", 2)]), quote), Declined)
    assert isinstance(seller.accept(OFFER, Order([OrderLine("rust", 2)]), quote), Declined)


def test_the_only_article_chooses_itself(buyer: ModuleType) -> None:
    alone = OfferView([PYTHON], OFFER.parameters)
    assert buyer.compose(alone, Order([], note="hello")) == Order([OrderLine("python", 1)], note="hello")
    assert isinstance(buyer.compose(OFFER, Order([])), Declined)


def test_wishes_for_the_same_article_are_added_up(buyer: ModuleType) -> None:
    wishes = Order([OrderLine("logic", 1), OrderLine("python", 1), OrderLine("logic", 2), OrderLine("logic", 0)])
    assert buyer.compose(OFFER, wishes) == Order([OrderLine("python", 1), OrderLine("logic", 3)])


def test_the_buyer_declines_what_is_not_offered(buyer: ModuleType) -> None:
    assert isinstance(buyer.compose(OFFER, Order([OrderLine("rust", 1)])), Declined)
    assert isinstance(buyer.compose(OFFER, Order([OrderLine("logic", 0)])), Declined)
    assert isinstance(buyer.accept(OFFER, Order([OrderLine("rust", 1)]), Quote([], Money(0, "EUR"))), Declined)


def test_the_buyer_accepts_the_listed_price_or_less_and_never_more(buyer: ModuleType) -> None:
    def asked(minor: int, currency: str = "EUR") -> object:
        total = Money(minor, currency)
        return buyer.accept(OFFER, ONE, Quote([Line("x", total)], total))

    assert asked(1990) == asked(1000) == Accepted()
    assert isinstance(asked(1991), Declined)
    assert isinstance(asked(1990, "USD"), Declined)


def test_the_grabber_asks_for_money_where_it_should_compose() -> None:
    composing = _plain(HOSTILE / "grabber/buyer.py").compose(OFFER, ONE)
    assert next(composing) == Pay(amount=Money(1990, "EUR"), payee="grabber")


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    zygote = Zygote.start()
    yield zygote
    zygote.close()


def _source(directory: Path) -> Source:
    return Source(
        bytes(32), "commerce-service", {role: (directory / f"{role}.py").read_bytes() for role in ("buyer", "seller")}
    )


def _nothing(request: Any) -> Any:
    raise AssertionError(f"answered {request}")


def test_courseware_decides_the_same_when_confined(zygote: Zygote, seller: ModuleType) -> None:
    broker, source = Broker(BASELINE, _nothing, lambda request, why: None), _source(COURSEWARE)
    order = zygote.call(source, "buyer.compose", (OFFER, ONE), broker)
    quote = zygote.call(source, "seller.quote", (OFFER, order), broker)
    assert (order, quote) == (ONE, seller.quote(OFFER, ONE))
    assert zygote.call(source, "buyer.accept", (OFFER, order, quote), broker) == Accepted()
    assert zygote.call(source, "seller.accept", (OFFER, order, quote), broker) == Accepted()
    assert isinstance(zygote.call(source, "seller.quote", (OFFER, Order([])), broker), Declined)


def test_the_grabber_is_refused_by_the_broker_and_gets_nothing(zygote: Zygote) -> None:
    refused: list[tuple[Any, str]] = []
    broker = Broker(BASELINE, _nothing, lambda request, why: refused.append((request, why)))
    with pytest.raises(CapabilityRefused) as caught:
        zygote.call(_source(HOSTILE / "grabber"), "buyer.compose", (OFFER, ONE), broker)
    assert caught.value.code == "CAPABILITY_REFUSED"
    assert [request for request, _ in refused] == [Pay(amount=Money(1990, "EUR"), payee="grabber")]
