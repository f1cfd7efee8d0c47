"""Certificates in files: read in either form, written in one, and told apart from everything else."""

from __future__ import annotations

import pytest

from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic.certificate_file import MAX_FILE, read_certificates, said, write_pem
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.x509 import Purpose
from semper_host.supporting.cryptographic.x509_issue import Applicant, Validity, issue_leaf, issue_root

VALIDITY = Validity(1_800_000_000, 1_800_086_400)
ROOT = issue_root("Root", P256Key.from_seed(b"r" * 32), [Purpose.MERCHANT], VALIDITY)
LEAF_KEY = P256Key.from_seed(b"l" * 32)
URIS = ("semper:merchant/shop",)
(LEAF,) = issue_leaf(Applicant("Shop", LEAF_KEY.public, frozenset({Purpose.MERCHANT}), URIS), VALIDITY, ROOT)


def test_a_chain_survives_being_written_and_read_in_its_order() -> None:
    chain = (LEAF, ROOT.chain[0])
    assert read_certificates(write_pem(chain)) == chain


def test_der_is_read_as_well_and_text_around_pem_is_ignored() -> None:
    assert read_certificates(LEAF) == (LEAF,)
    assert read_certificates(b"Shop's certificate:\n" + write_pem([LEAF]) + b"\nend\n") == (LEAF,)


def test_what_a_certificate_says_can_be_compared() -> None:
    leaf, root = said(LEAF), said(ROOT.chain[0])
    assert (leaf.name, leaf.uris, leaf.is_root, leaf.key) == ("Shop", URIS, False, LEAF_KEY.fingerprint)
    assert (leaf.not_before, leaf.not_after) == VALIDITY
    assert root.is_root and root.purposes == {Purpose.MERCHANT}


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", LEAF[:-1], LEAF + b"\0", b"\0" * (MAX_FILE + 1), write_pem([LEAF]).replace(b"MII", b"!!!")],
)
def test_what_is_no_certificate_is_refused(data: bytes) -> None:
    with pytest.raises(UsageError, match="cannot read the certificate"):
        read_certificates(data)


def test_a_malformed_certificate_says_nothing() -> None:
    with pytest.raises(UsageError, match="malformed"):
        said(b"junk")


def test_who_signed_with_another_key_is_no_root() -> None:
    forged = bytearray(ROOT.chain[0])
    forged[-1] ^= 1
    assert not said(bytes(forged)).is_root
