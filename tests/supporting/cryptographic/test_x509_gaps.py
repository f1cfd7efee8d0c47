"""What `cryptography.x509.verification` lets pass and we don't: each gap shown open in the library, and shut here.

A row whose chain the library refuses by itself fails, so the list says where we stand alone. Revocation, which the
library has none of, is in tests/admission/test_revoked.py; critical private extensions, which it refuses whatever
they say, are not used by us (test_x509.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot, load
from semper_host.supporting.cryptographic.x509_chain import _path, verify_chain
from tests.supporting.cryptographic.scheme import NOW, URI
from tests.supporting.cryptographic.test_x509 import KEYS, LEAF, MIDDLE, ROOT, Draft, uri

MERCHANT, BANK = Purpose.MERCHANT, Purpose.BANK
LOWER = replace(MIDDLE, name="Lower", key=KEYS["x"])
ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
SCOPED = replace(MIDDLE, names=(uri("semper:merchant/eurocom"),))

GAPS: dict[str, tuple[str, tuple[Draft, ...]]] = {
    "purposes of a leaf": ("CHAIN_PURPOSE", (replace(LEAF, purposes=(BANK.oid,)), MIDDLE, ROOT)),
    "a leaf for any purpose": ("CHAIN_PURPOSE", (replace(LEAF, purposes=(ANY,)), MIDDLE, ROOT)),
    "a leaf for none": ("CHAIN_PURPOSE", (replace(LEAF, purposes=None), MIDDLE, ROOT)),
    "purposes nest: intermediate": ("CHAIN_PURPOSE", (LEAF, replace(MIDDLE, purposes=(BANK.oid,)), ROOT)),
    "purposes nest: any is none": ("CHAIN_PURPOSE", (LEAF, replace(MIDDLE, purposes=(ANY,)), ROOT)),
    "purposes nest: absent is none": ("CHAIN_PURPOSE", (LEAF, replace(MIDDLE, purposes=None), ROOT)),
    "purposes nest: the upper of two": ("CHAIN_PURPOSE", (LEAF, LOWER, replace(MIDDLE, purposes=(BANK.oid,)), ROOT)),
    "purposes nest: root": ("CHAIN_PURPOSE", (LEAF, MIDDLE, replace(ROOT, purposes=(BANK.oid,)))),
    "a name outside its issuer's scope": (
        "CHAIN_PURPOSE",
        (replace(LEAF, names=(uri("semper:merchant/x"),)), SCOPED, ROOT),
    ),
    "a name that only begins like the scope": (
        "CHAIN_PURPOSE",
        (replace(LEAF, names=(uri("semper:merchant/eurocom2"),)), SCOPED, ROOT),
    ),
    "a scope that widens further down": (
        "CHAIN_PURPOSE",
        (
            replace(LEAF, names=(uri("semper:merchant/other"),)),
            replace(LOWER, names=(uri("semper:merchant/other"),)),
            SCOPED,
            ROOT,
        ),
    ),
    "a scope for another purpose": (
        "CHAIN_PURPOSE",
        (LEAF, replace(MIDDLE, names=(uri("semper:bank/eurocom"),)), ROOT),
    ),
    "a root's scope": ("CHAIN_PURPOSE", (LEAF, replace(ROOT, names=(uri("semper:merchant/other"),)))),
    "no name for the purpose": ("CHAIN_PURPOSE", (replace(LEAF, names=(uri("semper:bank/eurocom"),)), ROOT)),
    "two names for the purpose": ("CHAIN_PURPOSE", (replace(LEAF, names=(uri(URI), uri(URI + "/b"))), ROOT)),
    "a leaf that may not sign": ("CHAIN_PURPOSE", (replace(LEAF, signs=False, more=()), ROOT)),
    "a leaf without key usage": ("CHAIN_PURPOSE", (replace(LEAF, usage=False), ROOT)),
    "a key of another curve": ("CHAIN_UNTRUSTED", (replace(LEAF, key=ec.generate_private_key(ec.SECP384R1())), ROOT)),
    "a common name that deceives": ("CHAIN_UNTRUSTED", (replace(LEAF, name="a\u202eb"), ROOT)),
}


def chain_of(drafts: Sequence[Draft]) -> tuple[list[bytes], bytes]:
    """Return the DER chain, leaf first, and its root."""
    signed = [draft.sign(issuer) for draft, issuer in zip(drafts, [*drafts[1:], drafts[-1]], strict=True)]
    return signed[:-1], signed[-1]


@pytest.mark.parametrize("gap", GAPS)
def test_a_gap_of_the_library_is_shut(gap: str) -> None:
    code, drafts = GAPS[gap]
    chain, root = chain_of(drafts)
    found = _path([load(data) for data in chain], [load(root)], NOW)
    assert len(found) == len(drafts)  # the library is content
    with pytest.raises(AdmissionRefused) as caught:
        verify_chain(chain, MERCHANT, [TrustedRoot("registry", root, frozenset({MERCHANT}))], NOW)
    assert caught.value.code == code, caught.value.message


def test_certificates_beside_the_path_are_ignored_by_the_library_and_refused_here() -> None:
    chain, root = chain_of((LEAF, ROOT))
    beside = [*chain, replace(MIDDLE, name="Stranger").sign(ROOT)]
    assert _path([load(data) for data in beside], [load(root)], NOW)
    with pytest.raises(AdmissionRefused) as caught:
        verify_chain(beside, MERCHANT, [TrustedRoot("registry", root, frozenset({MERCHANT}))], NOW)
    assert caught.value.code == "CHAIN_UNTRUSTED"


def test_a_root_trusted_for_something_else_is_a_root_to_the_library_alone() -> None:
    chain, root = chain_of((LEAF, MIDDLE, ROOT))
    assert _path([load(data) for data in chain], [load(root)], NOW)
    with pytest.raises(AdmissionRefused) as caught:
        verify_chain(chain, MERCHANT, [TrustedRoot("banks", root, frozenset({BANK}))], NOW)
    assert caught.value.code == "CHAIN_PURPOSE"


@pytest.mark.parametrize("allowed", [0, 1])
def test_a_path_is_no_longer_than_each_issuer_allows(allowed: int) -> None:
    for drafts in (
        (LEAF, LOWER, replace(MIDDLE, path_length=allowed), ROOT),
        (LEAF, LOWER, MIDDLE, replace(ROOT, path_length=allowed + 1)),
    ):
        chain, root = chain_of(drafts)
        trusted = [TrustedRoot("registry", root, frozenset({MERCHANT}))]
        if allowed:
            assert verify_chain(chain, MERCHANT, trusted, NOW).name == "EUROCOM"
            continue
        with pytest.raises(AdmissionRefused) as caught:
            verify_chain(chain, MERCHANT, trusted, NOW)
        assert caught.value.code == "CHAIN_UNTRUSTED"


def test_the_signer_carries_the_fingerprints_of_all_above_it_for_revocation() -> None:
    chain, root = chain_of((LEAF, LOWER, MIDDLE, ROOT))
    signer = verify_chain(chain, MERCHANT, [TrustedRoot("registry", root, frozenset({MERCHANT}))], NOW)
    assert len(set(signer.issuers)) == 3
    assert signer.fingerprint not in signer.issuers
    assert isinstance(load(root), x509.Certificate)
