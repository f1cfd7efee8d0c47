"""Being an authority: the chains and evaluations it makes hold where they should, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from semper_host.admission.manifest import parse_manifest
from semper_host.admission.statements import digest, open_evaluation
from semper_host.host import authorities, identity
from semper_host.host.home import Config, Home, create, open_home
from semper_host.model.errors import AdmissionRefused, UsageError
from semper_host.model.grants import Capability, Grant
from semper_host.model.money import Money
from semper_host.supporting.cryptographic import certificate_file
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot
from semper_host.supporting.cryptographic.x509_chain import verify_chain

NOW = 1_800_000_000
DAY = 86_400
MANIFEST = parse_manifest(
    b"""\
schema: semper.manifest/1
id: semper-test/pay
kind: payment-system
version: 1.0.0
api: 1
entry: {payer: payer.py}
files: [payer.py]
requests:
  - {capability: ask.bank, calls: 9, reason: to ask}
  - {capability: coins.hold, most: "10.00 EUR", reason: to hold, optional: true}
""",
    unpublished=True,
)


def home(root: Path, role: str, name: str) -> Home:
    path = root / name.lower().replace(" ", "-")
    create(path, Config(role=role, name=name), "passphrase")
    return open_home(path, "passphrase")


@pytest.fixture
def board(tmp_path: Path) -> Home:
    made = home(tmp_path, "authority", "Board")
    authorities.make_root(made, [Purpose.EVALUATE, Purpose.MERCHANT], NOW)
    return made


def roots(authority: Home, *purposes: Purpose) -> list[TrustedRoot]:
    (root,) = certificate_file.read_certificates((authority.public / authorities.ROOT_FILE).read_bytes())
    return [TrustedRoot("Board", root, frozenset(purposes))]


def test_what_an_authority_issues_verifies_under_its_public_root(board: Home, tmp_path: Path) -> None:
    shop = home(tmp_path, "merchant", "Books & Co")
    issued = authorities.issue(board, authorities.request(shop), [Purpose.MERCHANT], (), 30, NOW)
    chain = certificate_file.read_certificates(issued.chain)
    signer = verify_chain(chain, Purpose.MERCHANT, roots(board, Purpose.MERCHANT), NOW)
    assert (signer.name, signer.uri) == ("Books & Co", "semper:merchant/books-co")
    authorities.accept(shop, issued.chain)
    assert identity.certified(shop).chain == chain


def test_a_certificate_ends_when_it_was_said_to(board: Home, tmp_path: Path) -> None:
    shop = home(tmp_path, "merchant", "Shop")
    issued = authorities.issue(board, authorities.request(shop), [Purpose.MERCHANT], (), 30, NOW)
    chain, trusted = certificate_file.read_certificates(issued.chain), roots(board, Purpose.MERCHANT)
    verify_chain(chain, Purpose.MERCHANT, trusted, NOW + 30 * DAY)
    with pytest.raises(AdmissionRefused) as caught:
        verify_chain(chain, Purpose.MERCHANT, trusted, NOW + 30 * DAY + 1)
    assert caught.value.code == "CHAIN_EXPIRED"


def test_an_authority_certifies_nothing_that_outlives_its_root(board: Home, tmp_path: Path) -> None:
    asked = authorities.request(home(tmp_path, "merchant", "Shop"))
    with pytest.raises(UsageError, match="root ends in"):
        authorities.issue(board, asked, [Purpose.MERCHANT], (), authorities.ROOT_DAYS + 1, NOW)


def test_a_uri_of_another_purpose_is_refused(board: Home, tmp_path: Path) -> None:
    asked = authorities.request(home(tmp_path, "merchant", "Shop"))
    with pytest.raises(UsageError, match="URI"):
        authorities.issue(board, asked, [Purpose.MERCHANT], ("semper:bank/shop",), 30, NOW)


def test_a_certificate_for_another_name_is_not_accepted(board: Home, tmp_path: Path) -> None:
    shop = home(tmp_path, "merchant", "Shop")
    issued = authorities.issue(board, authorities.request(shop), [Purpose.MERCHANT], (), 30, NOW)
    renamed = Home(shop.path, Config(role="merchant", name="Shopp"), shop.keyring)
    with pytest.raises(UsageError, match="names 'Shop'"):
        authorities.accept(renamed, issued.chain)


def test_an_evaluation_opens_under_the_root_and_grants_what_the_manifest_requests(board: Home) -> None:
    signed, _ = authorities.certify(board, b"archive", MANIFEST, (), ("Play money.",), 90 * DAY, NOW)
    evaluation, by = open_evaluation(signed, roots(board, Purpose.EVALUATE), NOW)
    assert evaluation.subject == digest(b"archive") and evaluation.conditions == ("Play money.",)
    assert evaluation.grants == (
        Grant(Capability.ASK_BANK, None, 9),
        Grant(Capability.COINS_HOLD, Money(1000, "EUR"), None),
    )
    assert evaluation.not_after == NOW + 90 * DAY
    assert (by.name, by.uri, evaluation.policy) == ("Board", "semper:evaluate/board", authorities.POLICY)


def test_an_evaluation_holds_for_as_long_as_it_says_even_when_that_is_longer_than_the_key_was_certified(
    board: Home,
) -> None:
    seconds = (authorities.LEAF_DAYS + 100) * DAY
    signed, _ = authorities.certify(board, b"archive", MANIFEST, (), (), seconds, NOW)
    open_evaluation(signed, roots(board, Purpose.EVALUATE), NOW + seconds)


def test_an_evaluators_key_is_certified_again_before_it_runs_out(board: Home) -> None:
    later = NOW + (authorities.LEAF_DAYS - 1) * DAY
    signed, _ = authorities.certify(board, b"archive", MANIFEST, (), (), 90 * DAY, later)
    open_evaluation(signed, roots(board, Purpose.EVALUATE), later + 90 * DAY)


def test_grants_narrow_what_is_requested_and_keep_its_count(board: Home) -> None:
    narrowed = authorities.read_grants(MANIFEST, ("coins.hold=2.50 EUR", "ask.bank"))
    assert narrowed == (Grant(Capability.COINS_HOLD, Money(250, "EUR")), Grant(Capability.ASK_BANK, None, 9))


@pytest.mark.parametrize("text", ["bank.issue", "", "coins.hold=many", "coins.hold=1.001 EUR", "COINS.HOLD"])
def test_what_is_not_requested_or_not_an_amount_is_not_granted(text: str) -> None:
    with pytest.raises(UsageError):
        authorities.read_grants(MANIFEST, (text,))


@pytest.mark.parametrize(("name", "slug"), [("Mr. Bean & Co", "mr-bean-co"), ("Ä", "unnamed"), ("--a--", "a")])
def test_names_become_plain_words_for_files_and_uris(name: str, slug: str) -> None:
    assert authorities.slug(name) == slug
