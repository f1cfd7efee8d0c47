"""A merchant's catalogue by commands: signed once, served as files, and single articles verified by anybody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from semper_host.admission.statements import Revocation, sign
from semper_host.cli import catalogue as commands
from semper_host.cli.settings import Settings
from semper_host.commerce import catalogue as catalogues
from semper_host.commerce.catalogue import ARTICLE, CONTEXT, Article
from semper_host.host import catalogues as published
from semper_host.host import home as homes
from semper_host.host import identity, trusting
from semper_host.host.heads import Heads
from semper_host.host.home import Home
from semper_host.model import container as containers
from semper_host.model.container import Group
from semper_host.model.container_nodes import Inner, Leaf
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.model.items import Item
from semper_host.model.money import Money
from semper_host.model.security import make_security
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.runner import running
from semper_host.supporting.communication.server import Service, application
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.x509 import Purpose
from tests.host.counting_repository import CountingRepository
from tests.host.marketplace import DAY, PASSPHRASE, Authorities, Marketplace, now

ARTICLES = 100_000
HOSTILE = "Fine\u202eprint\x1b[2J"


class Fair(NamedTuple):
    """A merchant with a served catalogue of three articles, a second merchant, and a buyer."""

    shop: Home
    other: Home
    buyer: Home
    whole: Path
    url: str
    board: Authorities
    asked: list[str]
    run: Callable[..., str]


def csv_of(*rows: str) -> str:
    return "\n".join(("number,title,text,price,offer", *rows, ""))


THREE = csv_of(
    '4711,Hamlet,"Paperback, 320 pages",12.50 EUR,/public/offers/hamlet.offer',
    'A-1,"He said ""no""",,0 JPY,', "4712,Großer Atlas,Ein Buch,1234.567 KWD,",
)  # fmt: skip


@pytest.fixture(scope="module")
def fair(tmp_path_factory: pytest.TempPathFactory, zygote: Any, market_mint: Any) -> Iterator[Fair]:
    root, board = tmp_path_factory.mktemp("fair"), Authorities()
    secret, asked = root / "passphrase", list[str]()
    secret.write_text(PASSPHRASE + "\n")
    program = typer.Typer()
    program.add_typer(commands.app, name="catalogue")

    @program.callback()
    def settings(context: typer.Context, home: Path) -> None:
        context.obj = Settings(home, secret)

    def run(home: Home, *words: str | Path, refused: str = "") -> str:
        done = CliRunner().invoke(program, [str(home.path), "catalogue", *map(str, words)])
        if refused:
            assert isinstance(done.exception, SemperError), (words, done.exception, done.output)
            assert done.exception.code == refused and done.exception.message.startswith("cannot ")
            return done.exception.message
        assert done.exception is None, (words, done.exception, done.output)
        return done.stdout

    with CountingRepository(board.log, now).served() as repository, Client() as client:
        board.repository_url, board.freshness = repository.url, {}
        market = Marketplace(root, board, {}, market_mint, zygote, client)
        with market.opened:
            shop, other, buyer = (
                market.home("merchant", "EUROCOM"),
                market.home("merchant", "Other"),
                market.home("buyer"),
            )
            for home in (shop, other):
                home.public.mkdir(exist_ok=True)
            (root / "three.csv").write_text(THREE)
            run(shop, "make", root / "three.csv", "-o", root / "whole")
            app = application(Service({}, {}, files={"/public": shop.public}))

            async def noted(scope: Any, receive: Any, send: Any) -> None:
                asked.append(scope.get("path", ""))
                await app(scope, receive, send)

            with running(noted) as url:  # type: ignore[arg-type]
                yield Fair(shop, other, buyer, root / "whole", url, board, asked, run)


def article_of(fair: Fair, tmp_path: Path, number: str = "4711") -> Path:
    fair.run(fair.shop, "article", fair.whole, number, "-o", tmp_path / "one.article")
    return tmp_path / "one.article"


def refusal(fair: Fair, data: bytes, at: int = 0) -> str:
    with pytest.raises(SemperError) as caught:
        catalogues.open_article(data, trusting.load(fair.buyer.trust).roots, at or now())
    return caught.value.code


def signed(home: Home, *articles: tuple[str, Article], context: bytes = CONTEXT) -> containers.Container:
    """What a merchant's own program, which checks nothing, signs as its catalogue."""
    items = [Item(kind, encode(article)) for kind, article in articles]
    packed = containers.pack(Group(make_security(origin=True), items), b"s" * 32)
    key = identity.certified(home)
    return containers.sign(packed, lambda body, kind: cose.sign1_certified(body, kind, key), context=context)


def course(**changes: Any) -> Article:
    article = Article("1", "A course", "Words", Money(100, "EUR"), "", now(), now() + DAY)
    return msgspec.structs.replace(article, **changes)


def test_a_buyer_fetches_one_article_and_asks_for_nothing_else(fair: Fair) -> None:
    fair.asked.clear()
    said = fair.run(fair.buyer, "open", fair.url, "4711")
    offered = f"{fair.url}/public/offers/hamlet.offer"
    assert f"4711: Hamlet, 12.50 EUR\n  Paperback, 320 pages\n  offered at {offered}\n" in said
    assert "in the catalogue of EUROCOM, certified by Registrars" in said and "one of 3 articles" in said
    head, article = fair.asked
    assert head == "/public/catalogue/head" and article.endswith("/4711.article")
    plain = json.loads(fair.run(fair.buyer, "open", fair.url, "4712", "--json"))
    assert (plain["price"], plain["title"]) == ({"minor": 1234567, "currency": "KWD"}, "Großer Atlas")
    assert plain["merchant"]["name"] == "EUROCOM"
    fair.run(fair.buyer, "open", fair.url, "../../keys", refused="USAGE_INVALID")


def test_one_article_is_verified_off_line_without_the_rest(fair: Fair, tmp_path: Path) -> None:
    one = article_of(fair, tmp_path)
    assert one.stat().st_size <= 2_000
    assert b"Atlas" not in one.read_bytes()
    for words in ((), ("--roots", fair.buyer.trust)):
        assert "Hamlet, 12.50 EUR" in fair.run(fair.buyer, "verify", one, *words)
    assert json.loads(fair.run(fair.shop, "show", fair.whole, "A-1", "--json"))[0]["price"]["currency"] == "JPY"
    fair.run(fair.shop, "show", fair.whole, "none", refused="USAGE_INVALID")
    homes.create(tmp_path / "stranger", homes.Config(role="buyer", name="stranger"), PASSPHRASE)
    strangers = tmp_path / "stranger" / homes.TRUST
    trusting.add(strangers, "Others", fair.board.evaluating.chain[0], [Purpose.MERCHANT], [])
    fair.run(fair.buyer, "verify", one, "--roots", strangers, refused="CHAIN_UNTRUSTED")


def test_no_changed_byte_and_no_missing_one_gets_through(fair: Fair, tmp_path: Path) -> None:
    data = article_of(fair, tmp_path).read_bytes()
    for at in range(0, len(data), 7):
        changed = data[:at] + bytes((data[at] ^ 0x01,)) + data[at + 1 :]
        assert refusal(fair, changed).startswith(("CONTAINER_INVALID", "CHAIN_")), at
        assert refusal(fair, data[:at]) == "CONTAINER_INVALID"
    assert refusal(fair, data + b"\x00" * 2_000) == "CONTAINER_INVALID"
    cut = tmp_path / "cut"
    cut.write_bytes(fair.whole.read_bytes()[:-1])
    fair.run(fair.shop, "show", cut, "4711", refused="CONTAINER_INVALID")
    fair.run(fair.shop, "show", tmp_path / "one.article", "4711", refused="CONTAINER_INVALID")


def test_another_merchants_proof_or_name_shows_nothing(fair: Fair, tmp_path: Path) -> None:
    ours = containers.read(article_of(fair, tmp_path).read_bytes())
    theirs = containers.show(signed(fair.other, (ARTICLE, course()), (ARTICLE, course(number="2"))), (0,))
    assert refusal(fair, containers.write(containers.Container(theirs.root, ours.signatures))) == "CONTAINER_INVALID"
    assert refusal(fair, containers.write(containers.Container(ours.root, theirs.signatures))) == "CONTAINER_INVALID"
    roots = trusting.load(fair.buyer.trust).roots
    assert catalogues.open_article(containers.write(theirs), roots, now()).merchant.name == "Other"


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ((ARTICLE, course(title="x" * 121)), "CONTAINER_INVALID"),
        ((ARTICLE, course(title=HOSTILE)), "CONTAINER_INVALID"),
        ((ARTICLE, course(number="../1")), "CONTAINER_INVALID"), ((ARTICLE, course(text="\n")), "CONTAINER_INVALID"),
        ((ARTICLE, course(price=Money(-1, "EUR"))), "CONTAINER_INVALID"),
        (("statement.note", course()), "CONTAINER_INVALID"),
        ((ARTICLE, course(made=5, until=6)), "OFFER_EXPIRED"),
        ((ARTICLE, course(title=" \u00a0 ")), "CONTAINER_INVALID"),
        ((ARTICLE, course(until=2**53)), "CONTAINER_INVALID"),
        ((ARTICLE, course(made=now() + DAY, until=now() + 2 * DAY)), "CONTAINER_INVALID"),
    ],
)  # fmt: skip
def test_what_a_merchant_signs_that_is_no_article_is_refused(fair: Fair, bad: tuple[str, Article], code: str) -> None:
    made = signed(fair.other, bad, (ARTICLE, course(number="2")))
    assert refusal(fair, containers.write(containers.show(made, (0,)))) == code


@pytest.mark.parametrize(
    "offer",
    ["//evil.example/x", "https://evil.example", "@evil.example", ".evil.example", "/..", "/public/../../x", "/\\evil",
     "/public/offers/x?to=evil", "/public/offers/x#y", "/public//evil.example", "/./x"],
)  # fmt: skip
def test_an_article_sends_nobody_to_another_address_than_its_merchants(fair: Fair, offer: str) -> None:
    made = signed(
        fair.other, (ARTICLE, course(offer=offer)), (ARTICLE, course(number="2", offer="/public/große.offer"))
    )
    assert refusal(fair, containers.write(containers.show(made, (0,)))) == "CONTAINER_INVALID"
    roots = trusting.load(fair.buyer.trust).roots
    assert catalogues.open_article(containers.write(containers.show(made, (1,))), roots, now()).article.number == "2"


@pytest.mark.parametrize("head", [b"", b"<html>", b"\xff" * 40, encode(published.Head(b"short")), b"\x00" * 2_000])
def test_a_server_that_lies_about_which_catalogue_is_current_shows_nothing(
    fair: Fair, tmp_path: Path, head: bytes
) -> None:
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "head").write_bytes(head)
    code = "PEER_RESPONSE" if len(head) > 1024 else "CONTAINER_INVALID"
    with running(application(Service({}, {}, files={"/public": tmp_path}))) as url:
        fair.run(fair.buyer, "open", url, "4711", refused=code)


def test_whoever_guesses_every_word_of_a_neighbouring_article_cannot_confirm_it(fair: Fair) -> None:
    catalogue, _ = catalogues.read_whole(fair.whole.read_bytes(), now())
    assert isinstance(catalogue.root, Inner)
    first, second, third = catalogue.root.children
    data = catalogues.shown(catalogue, 0)
    assert isinstance(first, Leaf) and isinstance(second, Leaf) and isinstance(third, Leaf)
    assert _hash(second) in data and first.salt in data
    assert len({first.salt, second.salt, third.salt}) == 3 and not any(each.salt in data for each in (second, third))
    for salt in (first.salt, bytes(16)):
        assert _hash(Leaf(second.kind, salt, second.body)) not in data


def _hash(leaf: Leaf) -> bytes:
    """As it stands in a proof: RFC 6962 §2.1."""
    return sha256(b"\x00" + leaf.digest).digest()


def test_a_catalogue_is_signed_as_one_shown_one_by_one_and_has_each_number_once(fair: Fair) -> None:
    roots, two = trusting.load(fair.buyer.trust).roots, ((ARTICLE, course()), (ARTICLE, course()))
    assert (
        refusal(fair, containers.write(containers.show(signed(fair.other, *two, context=b""), (0,))))
        == "CONTAINER_INVALID"
    )
    assert refusal(fair, containers.write(signed(fair.other, *two))) == "CONTAINER_INVALID"
    with pytest.raises(PeerDeviated, match="stands twice"):
        catalogues.open_whole(containers.write(signed(fair.other, *two)), roots, now())


@pytest.mark.parametrize(
    ("rows", "line", "why"),
    [
        (["1,A,,1 EUR,", "1,B,,2 EUR,"], 3, "stands in line 2, too"), (["1,A,,1.999 EUR,"], 2, "as money"),
        (["1,A,,1 XXX,"], 2, "as money"), (["1,A,,1e3 EUR,"], 2, "as money"), (["1,A,,-1 EUR,"], 2, "as money"),
        (["1,A,,1 EUR"], 2, "4 fields"), (['1,"A\n\nB",,1 EUR,'], 4, "cannot be printed"),
        (["/,A,,1 EUR,"], 2, "number"),
        (["1,A,,1 EUR,", f"2,{'x' * 121},,1 EUR,"], 3, "more than 120 bytes"), (['1,"A"x,,1 EUR,'], 2, "no CSV"),
        (["1,,,1 EUR,"], 2, "no title"), ([f"1,{HOSTILE},,1 EUR,"], 2, "cannot be printed"), ([], 1, "no article"),
        (["1,A,,1 EUR,", "2,\udcff,,1 EUR,"], 3, "not UTF-8"),
        ([f"1,{'t' * 120},{'x' * 600},1 EUR,/{'o' * 199}"] + [f"n{n},A,,1 EUR," for n in range(5000)], 2, "shorten"),
    ],
)  # fmt: skip
def test_a_list_is_refused_with_the_line(fair: Fair, tmp_path: Path, rows: list[str], line: int, why: str) -> None:
    before = (fair.other.public / "catalogue").exists()
    (tmp_path / "list.csv").write_bytes(csv_of(*rows).encode(errors="surrogateescape"))
    said = fair.run(fair.other, "make", tmp_path / "list.csv", "-o", tmp_path / "whole", refused="USAGE_INVALID")
    assert f"line {line}" in said and why in said, said
    assert not (tmp_path / "whole").exists()
    assert before is (fair.other.public / "catalogue" / "head").exists()


def test_a_list_parted_by_semicolons_is_told_that_commas_part_the_columns(fair: Fair, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("number;title;price\n1;A;1 EUR\n")
    said = fair.run(fair.other, "make", tmp_path / "list.csv", "-o", tmp_path / "whole", refused="USAGE_INVALID")
    assert "line 1" in said and "commas part them" in said, said


def test_a_new_catalogue_takes_the_place_of_the_old_one(fair: Fair, tmp_path: Path) -> None:
    for title in ("First", "Second"):
        (tmp_path / "list.csv").write_text(f"\ufeffprice,number,title\r\n1 EUR,7,{title}\r\n")
        fair.run(fair.other, "make", tmp_path / "list.csv", "-o", tmp_path / "whole")
    (only,) = (each for each in (fair.other.public / "catalogue").iterdir() if each.is_dir())
    with running(application(Service({}, {}, files={"/public": fair.other.public}))) as url, Client() as client:
        found = published.fetch(fair.buyer, client, url, "7", now())
        swapped = only / catalogues.place_of("7")
        swapped.write_bytes((fair.shop.public / "catalogue" / _digest(fair) / catalogues.place_of("4711")).read_bytes())
        with pytest.raises(PeerDeviated, match="another article than 7"):
            published.fetch(fair.buyer, client, url, "7", now())
    assert (found.article.title, found.merchant.name, found.size) == ("Second", "Other", 1)


def test_an_article_that_is_not_there_is_told_from_a_merchant_without_a_catalogue(fair: Fair, tmp_path: Path) -> None:
    assert "catalogue has no 4713" in fair.run(fair.buyer, "open", fair.url, "4713", refused="USAGE_INVALID")
    with running(application(Service({}, {}, files={"/public": tmp_path}))) as url:
        assert "serves no catalogue" in fair.run(fair.buyer, "open", url, "4711", refused="USAGE_INVALID")


def test_an_article_is_found_in_the_catalogue_that_replaced_the_one_first_named(fair: Fair) -> None:
    """The merchant publishes a new catalogue between the two requests: the old one's folder is gone."""
    old = published.Head(bytes(32))

    class Replacing(Client):
        def find(self, url: str, most: int = 0) -> bytes | None:
            first = url.endswith("/head") and not asked
            asked.append(url)
            return encode(old) if first else super().find(url, most)

    asked: list[str] = []
    with running(application(Service({}, {}, files={"/public": fair.shop.public}))) as url, Replacing() as client:
        assert published.fetch(fair.buyer, client, url, "4711", now()).article.title == "Hamlet"
    assert len(asked) == 4


def _digest(fair: Fair) -> str:
    return published.Head.decode((fair.shop.public / "catalogue" / "head").read_bytes()).catalogue.hex()


def test_an_article_counts_no_longer_than_its_merchants_certificate(fair: Fair, tmp_path: Path) -> None:
    one = article_of(fair, tmp_path)
    roots = trusting.load(fair.buyer.trust).roots
    merchant = catalogues.open_article(one.read_bytes(), roots, now()).merchant
    assert refusal(fair, one.read_bytes(), now() + 31 * DAY) == "CHAIN_EXPIRED"
    said = Revocation("certificate", merchant.fingerprint, now() - 1, "compromise", now())
    fair.board.log.log.append(sign(said, fair.board.registering), at=now())
    with Client() as client:
        Heads(fair.buyer, client).refresh(now())
    fair.run(fair.buyer, "verify", one, refused="CHAIN_REVOKED")
    fair.run(fair.buyer, "open", fair.url, "4711", refused="CHAIN_REVOKED")
    fair.run(fair.buyer, "show", fair.whole, "4711", refused="CHAIN_REVOKED")
    assert "Hamlet" in fair.run(fair.buyer, "verify", one, "--roots", fair.buyer.trust)  # knows of no revocation


@pytest.mark.deep
def test_a_catalogue_of_100_000_articles_shows_each_in_two_kilobytes(fair: Fair, tmp_path: Path) -> None:
    words = '"Twelve lessons, with exercises and answers, for those who begin"'
    rows = (f"{n},Course {n},{words},{n % 90}.90 EUR," for n in range(ARTICLES))
    (tmp_path / "list.csv").write_text(csv_of(*rows))
    fair.run(fair.other, "make", tmp_path / "list.csv", "-o", tmp_path / "whole")
    head = published.Head.decode((fair.other.public / "catalogue" / "head").read_bytes()).catalogue
    place = fair.other.public / "catalogue" / head.hex()
    files = list(place.glob("*/*.article"))
    assert len(files) == ARTICLES and max(file.stat().st_size for file in files) <= 2_000
    roots = trusting.load(fair.buyer.trust).roots
    for number in ("0", "4711", "65535", "65536", "99999"):
        found = catalogues.open_article((place / catalogues.place_of(number)).read_bytes(), roots, now())
        assert (found.article.number, found.size, found.catalogue) == (number, ARTICLES, head)
