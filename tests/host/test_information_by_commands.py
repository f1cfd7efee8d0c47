"""A person gives information in a deal, and opens what came, by commands alone; the merchant does too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from semper_host.commerce.deal_state import outcome
from semper_host.host import home as homes
from semper_host.host.home import Home
from semper_host.host.live_deal import LiveDeal
from semper_host.model.errors import SemperError
from semper_host.model.outcome import Satisfied
from semper_host.supporting.cryptographic.bulk import seal_edition
from semper_host.supporting.preferences import preferences
from semper_host.supporting.preferences.preferences import Preferences
from tests.host.commands import commands
from tests.host.trades import Trading, trading_street

Semper = Callable[..., Result]
MISSING = "INFORMATION_MISSING"
ANSWERS = b"yes\nno\nperhaps\n"


@pytest.fixture(scope="module")
def trading(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, dollar_mint: Any,
    zygote: Any,
) -> Iterator[Trading]:  # fmt: skip
    root, names = tmp_path_factory.mktemp("informing"), ("information", "survey", "twice")
    with trading_street(root, authorities, packs, market_mint, dollar_mint, zygote, names) as made:
        config = made.street.customer.path / homes.CONFIG
        config.write_text(config.read_text().replace("allow_scripted: false", "allow_scripted: true"))
        preferences.save(made.street.customer.path, Preferences(driver="scripted"))
        yield made


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    folder = tmp_path / "answers"
    folder.mkdir()
    (folder / "answers.txt").write_bytes(ANSWERS)
    return folder


@pytest.fixture
def semper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Semper:
    """Runs `semper` in a home; the person says yes to everything."""
    return commands(tmp_path, monkeypatch, "")


def offered(trading: Trading, name: str, tmp_path: Path) -> str:
    file = tmp_path / f"{name}.offer"
    file.write_bytes(trading.offers[name])
    return str(file)


def sold(trading: Trading, result: Result) -> tuple[str, LiveDeal]:
    """The deal's number and the merchant's side of it, once that is over."""
    assert result.exit_code == 0, (result.output, result.exception)
    said = json.loads(result.stdout.splitlines()[-1] if result.stdout.count("\n") == 1 else result.stdout)
    assert said["satisfied"]
    trading.street.quiet()
    sale = trading.street.seller.deals.find(bytes.fromhex(said["deal"]))
    assert isinstance(outcome(sale.business.plan, sale.state), Satisfied)
    return said["deal"][:16], sale


def sealed_at(home: Home) -> Path:
    """The folder of the edition that a home sealed last."""
    return max((home.public / "editions").iterdir(), key=lambda each: each.stat().st_mtime_ns)


def screens(tmp_path: Path) -> str:
    lines = [json.loads(line)["lines"] for line in (tmp_path / "screens.jsonl").read_text().splitlines()]
    return " ".join(" ".join(word.split()) for line in lines for word in line)


def test_information_for_information_and_both_sides_open_it_and_nothing_else(
    trading: Trading, semper: Semper, answers: Path, tmp_path: Path
) -> None:
    street, source = trading.street, offered(trading, "information", tmp_path)
    result = semper(street.customer, "offer", "open", source, "--give", f"survey={answers}", "--json")
    number, _ = sold(trading, result)
    encrypted = sealed_at(street.customer)
    assert str(encrypted) in "".join(result.stderr.split()) or encrypted.name in result.stderr.replace("\n", "")
    assert "Key to the survey until the goods' key is here" in screens(tmp_path)
    goods = next(street.customer.path.glob(f"goods/{number}/*"))
    assert sorted(each.name for each in goods.iterdir()) == ["part-1.txt", "part-2.txt"]
    opened = semper(street.merchant, "deal", "open", number, str(encrypted), "--to", str(tmp_path / "came"))
    assert opened.exit_code == 0, opened.exception
    assert (tmp_path / "came" / "answers.txt").read_bytes() == ANSWERS
    seal_edition([("answers.txt", answers / "answers.txt")], tmp_path / "other", b"k" * 32)
    content = encrypted / "content"
    content.write_bytes(content.read_bytes()[::-1])
    for folder, code in ((tmp_path, MISSING), (tmp_path / "other", MISSING), (encrypted, "CONTENT_CORRUPT")):
        error = semper(street.merchant, "deal", "open", number, str(folder), "--to", str(tmp_path / "to")).exception
        assert isinstance(error, SemperError)
        assert error.code == code
    assert not (tmp_path / "to").exists()


def test_a_buyer_sells_information_and_approves_no_payment(
    trading: Trading, semper: Semper, answers: Path, tmp_path: Path
) -> None:
    street, source, before = trading.street, offered(trading, "survey", tmp_path), trading.dollars()
    number, _ = sold(trading, semper(street.customer, "offer", "open", source, "--give", f"survey={answers}", "--json"))
    assert trading.dollars()["buyer"] == before["buyer"] + 5
    assert "Answers to our questions until 0.05 USD is here" in screens(tmp_path)
    assert " EUR held at" not in screens(tmp_path), "nothing is paid, so nothing is approved to be paid"
    assert semper(street.merchant, "deal", "open", number, str(sealed_at(street.customer))).exit_code == 0
    assert (street.merchant.path / "goods" / number / "survey" / "answers.txt").read_bytes() == ANSWERS


def test_the_keys_of_every_step_that_brings_information_are_kept(
    trading: Trading, semper: Semper, answers: Path, tmp_path: Path
) -> None:
    street, source, other = trading.street, offered(trading, "twice", tmp_path), tmp_path / "other"
    other.mkdir()
    (other / "more.txt").write_bytes(b"more")
    earlier = set((street.customer.public / "editions").iterdir())
    given = ("--give", f"survey={answers}", "--give", f"answers={other}")
    number, _ = sold(trading, semper(street.customer, "offer", "open", source, *given, "--json"))
    sealed = set((street.customer.public / "editions").iterdir()) - earlier
    for place in sealed:
        result = semper(street.merchant, "deal", "open", number, str(place))
        assert result.exit_code == 0, result.exception
    goods = street.merchant.path / "goods" / number
    assert (goods / "survey" / "answers.txt").read_bytes() == ANSWERS
    assert (goods / "answers" / "more.txt").read_bytes() == b"more"


def test_what_is_not_named_or_not_asked_for_is_said_before_anything_is_sealed(
    trading: Trading, semper: Semper, answers: Path, tmp_path: Path
) -> None:
    customer, source = trading.street.customer, offered(trading, "survey", tmp_path)
    for given, why in (
        ([], "--give survey=DIRECTORY"), (["--give", "survey"], "NAME=DIRECTORY"),
        (["--give", f"survey={tmp_path / 'nowhere'}"], "NAME=DIRECTORY"),
        (["--give", f"course={answers}"], "the terms have you give info.survey"),
    ):  # fmt: skip
        before = len(list((customer.public / "editions").glob("*")))
        refused = semper(customer, "offer", "open", source, *given).exception
        assert isinstance(refused, SemperError)
        assert (refused.code, why in refused.message) == (MISSING, True), refused.message
        assert len(list((customer.public / "editions").glob("*"))) == before
