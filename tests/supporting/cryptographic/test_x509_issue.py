"""Issuing certificates: what would not verify is not issued."""

from __future__ import annotations

from typing import Any

import pytest

from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.supporting.cryptographic.certificate_request import certifies, make_request, read_request
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose, TrustedRoot
from semper_host.supporting.cryptographic.x509_chain import verify_chain
from semper_host.supporting.cryptographic.x509_issue import (
    Applicant,
    Validity,
    issue_intermediate,
    issue_leaf,
    issue_root,
)
from tests.supporting.cryptographic.scheme import NOW, URI, YEAR, Scheme

MERCHANT, BANK = frozenset({Purpose.MERCHANT}), frozenset({Purpose.BANK})
VALIDITY = Validity(NOW, NOW + 1000)
KEY = P256Key.from_seed(b"m" * 32)
GOOD = Applicant("EUROCOM", KEY.public, MERCHANT, (URI,))


def refused(applicant: Applicant, issuer: CertifiedKey, validity: Validity = VALIDITY) -> str:
    with pytest.raises(UsageError) as refusal:
        issue_leaf(applicant, validity, issuer)
    assert refusal.value.code == "USAGE_INVALID"
    return refusal.value.message


def test_same_inputs_give_the_same_certificate(scheme: Scheme) -> None:
    assert issue_leaf(GOOD, VALIDITY, scheme.root) == issue_leaf(GOOD, VALIDITY, scheme.root)
    assert issue_leaf(GOOD, VALIDITY, scheme.root) != issue_leaf(GOOD, Validity(NOW, NOW + 1001), scheme.root)


def test_root_is_left_out_of_the_chain(scheme: Scheme) -> None:
    assert len(issue_leaf(GOOD, VALIDITY, scheme.root)) == 1
    assert issue_leaf(GOOD, VALIDITY, scheme.middle)[1:] == scheme.middle.chain


@pytest.mark.parametrize(
    "change",
    [
        {"uris": ()},
        {"uris": ("semper:bank/eurocom",)},
        {"uris": (URI, URI + "/books")},
        {"uris": ("semper:merchant/EUROCOM",)},
        {"uris": ("https://eurocom.example",)},
        {"purposes": frozenset(), "uris": ()},
        {"purposes": frozenset({Purpose.ARBITER}), "uris": ("semper:arbiter/eurocom",)},
        {"name": ""},
        {"name": "line\nbreak"},
        {"name": "x" * 65},
        {"public": b"junk"},
        {"public": KEY.public[:-1]},
    ],
)
def test_faulty_application_is_refused(change: dict[str, Any], scheme: Scheme) -> None:
    refused(GOOD._replace(**change), scheme.root)


@pytest.mark.parametrize(
    ("start", "end"), [(NOW, NOW), (NOW, NOW - 1), (NOW, NOW + 2 * YEAR), (NOW - 2 * YEAR, NOW), (-1, NOW)]
)
def test_impossible_validity_is_refused(start: int, end: int, scheme: Scheme) -> None:
    refused(GOOD, scheme.root, Validity(start, end))


def test_issuer_needs_its_own_key(scheme: Scheme) -> None:
    assert "belong together" in refused(GOOD, CertifiedKey(P256Key.from_seed(b"x" * 32), scheme.root.chain))


def test_intermediate_stays_within_its_scope(scheme: Scheme) -> None:
    key = P256Key.from_seed(b"c" * 32)
    applicant = Applicant("Chamber", key.public, MERCHANT, (URI,))
    middle = CertifiedKey(key, issue_intermediate(applicant, VALIDITY, scheme.root))
    trusted = [TrustedRoot("registry", scheme.root.chain[0], MERCHANT)]
    chain = issue_leaf(GOOD._replace(uris=(URI + "/books",)), VALIDITY, middle)
    assert verify_chain(chain, Purpose.MERCHANT, trusted, NOW).uri == URI + "/books"
    assert "names" in refused(GOOD._replace(uris=("semper:merchant/other",)), middle)
    assert "purposes" in refused(GOOD._replace(purposes=BANK, uris=("semper:bank/eurocom",)), middle)
    with pytest.raises(UsageError):
        issue_intermediate(applicant._replace(uris=("semper:bank/eurocom",)), VALIDITY, scheme.root)


def test_intermediate_of_the_roots_own_name_stays_in_the_chain(scheme: Scheme) -> None:
    key = P256Key.from_seed(b"c" * 32)
    chain = issue_intermediate(Applicant("Registry", key.public, MERCHANT), VALIDITY, scheme.root)
    assert len(issue_leaf(GOOD, VALIDITY, CertifiedKey(key, chain))) == 2


def test_root_needs_a_name_and_purposes() -> None:
    assert len(issue_root("Registry", KEY, MERCHANT, VALIDITY).chain) == 1
    with pytest.raises(UsageError):
        issue_root("", KEY, MERCHANT, VALIDITY)


def test_request_proves_possession_of_the_key(scheme: Scheme) -> None:
    asked = read_request(make_request("EUROCOM", KEY))
    assert (asked.name, asked.public) == ("EUROCOM", KEY.public)
    assert certifies(scheme.merchant.chain[0], KEY) and not certifies(scheme.root.chain[0], KEY)
    assert not certifies(b"junk", KEY)


def test_request_for_somebody_elses_key_is_refused() -> None:
    data = make_request("EUROCOM", KEY)
    for changed in (data.replace(b"EUROCOM", b"EUROCON"), data[:-1] + bytes((data[-1] ^ 1,))):
        with pytest.raises(PeerDeviated) as refusal:
            read_request(changed)
        assert refusal.value.code == "SIG_INVALID"
