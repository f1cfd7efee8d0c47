"""Signed statements: one spelling each, nothing can be changed, none passes for another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, PeerDeviated, SemperError
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose
from tests.supporting.cryptographic.scheme import NOW, URI, Scheme

KEY = SigningKey.from_seed(b"k" * 32)
PAYLOAD = encode({0: b"label", 1: 1250})
KIND = "hold.held"
TYPE = f"application/semper.{KIND}+cbor"
HEADER = {1: -8, 3: TYPE, 4: KEY.public}
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def signed(protected: bytes, payload: bytes = PAYLOAD, *, unprotected: Any = None, key: Any = KEY) -> list[Any]:
    """Return the four parts of a COSE_Sign1 whose signature is right, whatever its header."""
    structure = cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)
    return [protected, {} if unprotected is None else unprotected, payload, key.sign(structure)]


def refused(data: bytes, kind: str = KIND, public: bytes = KEY.public) -> PeerDeviated:
    with pytest.raises(PeerDeviated) as refusal:
        cose.open1(data, kind, public)
    assert refusal.value.code == "SIG_INVALID" and refusal.value.evidence == data
    return refusal.value


def test_statement_is_a_plain_cose_sign1() -> None:
    """Another implementation of RFC 9052 would read and write the same bytes."""
    data = cose.sign1(PAYLOAD, KIND, KEY)
    assert data == cbor2.dumps(signed(cbor2.dumps(HEADER, canonical=True)), canonical=True)
    assert cose.open1(data, KIND, KEY.public) == PAYLOAD


@pytest.mark.parametrize("size", [0, 1, 23, 24, 25, 255, 256, 257, 65535, 65536, 65537, 200_000])
def test_payload_of_any_size_comes_back(size: int) -> None:
    payload = bytes(size)
    data = cose.sign1(payload, KIND, KEY)
    assert data == cbor2.dumps(cbor2.loads(data), canonical=True)
    assert cose.open1(data, KIND, KEY.public) == payload == cose.peek(data).payload


@given(st.binary(max_size=400))
def test_every_payload_comes_back(payload: bytes) -> None:
    assert cose.open1(cose.sign1(payload, KIND, KEY), KIND, KEY.public) == payload


@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80, 0xFF])
def test_every_changed_byte_is_detected(mask: int) -> None:
    data = cose.sign1(PAYLOAD, KIND, KEY)
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= mask
        refused(bytes(changed))


def test_every_truncation_and_extension_is_detected() -> None:
    data = cose.sign1(PAYLOAD, KIND, KEY)
    for length in range(len(data)):
        refused(data[:length])
    refused(data + b"\0")
    refused(b"\xd2" + data)  # the tag for COSE_Sign1


def test_statement_of_another_kind_does_not_pass() -> None:
    data = cose.sign1(PAYLOAD, "hold.captured", KEY)
    assert "hold.held" in refused(data).message


def test_statement_of_another_signer_does_not_pass() -> None:
    other = SigningKey.from_seed(b"o" * 32)
    refused(cose.sign1(PAYLOAD, KIND, other))
    refused(cose.sign1(PAYLOAD, KIND, KEY), public=other.public)


def test_other_signer_cannot_claim_the_expected_key() -> None:
    other = SigningKey.from_seed(b"o" * 32)
    refused(cbor2.dumps(signed(encode(HEADER), key=other), canonical=True))


@pytest.mark.parametrize(
    "header",
    [
        {1: -8, 3: TYPE},
        {1: -8, 4: KEY.public},
        {3: TYPE, 4: KEY.public},
        {1: -7, 3: TYPE, 4: KEY.public},
        {1: -19, 3: TYPE, 4: KEY.public},
        {1: -8, 3: TYPE, 4: KEY.public, 5: b"iv"},
        {1: -8, 2: [99], 3: TYPE, 4: KEY.public},
        {1: -8, 3: "application/cbor", 4: KEY.public},
        {1: -8, 3: 60, 4: KEY.public},
        {1: -8, 3: TYPE, 4: KEY.public[:31]},
        {},
    ],
)
def test_rightly_signed_statement_with_another_header_is_refused(header: dict[int, Any]) -> None:
    data = cbor2.dumps(signed(cbor2.dumps(header, canonical=True)), canonical=True)
    refused(data)
    with pytest.raises(PeerDeviated):
        cose.peek(data)


@pytest.mark.parametrize("unprotected", [{4: KEY.public}, {1: -8}, {33: b"certificate"}, [], b""])
def test_anything_in_the_unprotected_header_is_refused(unprotected: Any) -> None:
    data = cbor2.dumps(signed(encode(HEADER), unprotected=unprotected), canonical=True)
    refused(data)
    with pytest.raises(PeerDeviated):
        cose.peek(data)


def disordered(parts: list[Any]) -> bytes:
    header = b"\xa3" + b"".join(cbor2.dumps(key) + cbor2.dumps(HEADER[key]) for key in (4, 3, 1))
    return cbor2.dumps(signed(header))


def long_payload_head(parts: list[Any]) -> bytes:
    head, body = cbor2.dumps(parts[2])[:1], cbor2.dumps(parts[2])[1:]
    wide = b"\x58" + bytes((head[0] & 0x1F,)) + body
    return b"\x84" + cbor2.dumps(parts[0]) + b"\xa0" + wide + cbor2.dumps(parts[3])


def long_array_head(parts: list[Any]) -> bytes:
    return b"\x98\x04" + cbor2.dumps(parts)[1:]


def endless_array(parts: list[Any]) -> bytes:
    return b"\x9f" + cbor2.dumps(parts)[1:] + b"\xff"


def chunked_payload(parts: list[Any]) -> bytes:
    chunks = b"\x5f" + cbor2.dumps(parts[2]) + b"\xff"
    return b"\x84" + cbor2.dumps(parts[0]) + b"\xa0" + chunks + cbor2.dumps(parts[3])


def five_elements(parts: list[Any]) -> bytes:
    return cbor2.dumps([*parts, b""])


def text_payload(parts: list[Any]) -> bytes:
    return b"\x84" + cbor2.dumps(parts[0]) + b"\xa0" + cbor2.dumps("x" * 9) + cbor2.dumps(parts[3])


def detached_payload(parts: list[Any]) -> bytes:
    return cbor2.dumps([parts[0], {}, None, parts[3]])


@pytest.mark.parametrize(
    "spell",
    [
        disordered, long_payload_head, long_array_head, endless_array, chunked_payload, five_elements, text_payload,
        detached_payload,
    ],
)  # fmt: skip
def test_second_spelling_is_refused(spell: Callable[[list[Any]], bytes]) -> None:
    data = spell(signed(encode(HEADER)))
    refused(data)
    with pytest.raises(PeerDeviated) as refusal:
        cose.peek(data)
    assert refusal.value.code == "SIG_INVALID"


@pytest.mark.parametrize(("head", "length"), [(b"\x57", 24), (b"\x58\xff", 256), (b"\x59\xff\xff", 65536), (b"", 0)])
def test_payload_head_that_counts_one_byte_too_few_is_refused(head: bytes, length: int) -> None:
    """Even where the signer signed it so: at these lengths no shortest head fits."""
    start, context = cose._frame(KIND, KEY.public)
    body = head + bytes(length)
    refused(start + body + b"\x58\x40" + KEY.sign(context + body))


@given(st.binary(max_size=200))
def test_junk_is_refused(junk: bytes) -> None:
    refused(junk)
    for read in (cose.peek, cose.signer_of):
        with pytest.raises(PeerDeviated):
            read(junk)


def test_deeply_nested_junk_is_refused() -> None:
    for junk in (b"\x81" * 10_000, b"\xa1\x00" * 10_000, b"\x84" + b"\xd8\x18" * 10_000):
        refused(junk)
        with pytest.raises(PeerDeviated):
            cose.peek(junk)


def test_peek_tells_kind_payload_and_key() -> None:
    data = cose.sign1(PAYLOAD, "service-keys", KEY)
    assert cose.peek(data) == ("service-keys", PAYLOAD, KEY.public, ())
    assert cose.signer_of(data) == KEY.public


@pytest.mark.parametrize("kind", ["", "Held", "hold held", "a..b", "x+cbor", "é", "a/b", "-a"])
def test_kind_is_a_plain_word(kind: str) -> None:
    with pytest.raises(ValueError, match="kind"):
        cose.sign1(PAYLOAD, kind, KEY)
    with pytest.raises(ValueError, match="kind"):
        cose.open1(b"", kind, KEY.public)


def test_weak_key_is_refused_when_a_statement_is_opened() -> None:
    weak = b"\x01" + bytes(31)
    start, _ = cose._frame(KIND, weak)
    forged = start + b"\x41x\x58\x40" + weak + bytes(32)
    with pytest.raises(PeerDeviated) as refusal:
        cose.open1(forged, KIND, weak)
    assert refusal.value.code == "SIG_KEY_WEAK"


# --- certified statements


def open_it(data: bytes, scheme: Scheme, kind: str = "offer", purpose: Purpose = Purpose.MERCHANT) -> cose.Certified:
    return cose.open1_certified(data, kind, purpose, scheme.trusted, NOW)


@pytest.mark.parametrize("which", ["merchant", "remote"])
def test_certified_statement_names_its_signer(which: str, scheme: Scheme) -> None:
    key: CertifiedKey = getattr(scheme, which)
    data = cose.sign1_certified(PAYLOAD, "offer", key)
    above = (scheme.root,) if which == "merchant" else (scheme.middle, scheme.root)
    issuers = tuple(issuer.fingerprint for issuer in above)
    assert open_it(data, scheme) == cose.Certified(PAYLOAD, "EUROCOM", URI, key.fingerprint, "registry", issuers)
    assert cose.peek(data) == ("offer", PAYLOAD, b"", key.chain)


def test_certified_statement_is_deterministic(scheme: Scheme) -> None:
    assert cose.sign1_certified(PAYLOAD, "offer", scheme.merchant) == cose.sign1_certified(
        PAYLOAD, "offer", scheme.merchant
    )


def test_every_changed_byte_of_a_certified_statement_is_detected(scheme: Scheme) -> None:
    data = cose.sign1_certified(PAYLOAD, "offer", scheme.merchant)
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1 << position % 8
        with pytest.raises(SemperError):
            open_it(bytes(changed), scheme)


def test_certified_statement_of_another_kind_does_not_pass(scheme: Scheme) -> None:
    data = cose.sign1_certified(PAYLOAD, "service-keys", scheme.merchant)
    with pytest.raises(PeerDeviated) as refusal:
        open_it(data, scheme)
    assert refusal.value.code == "SIG_INVALID"


def test_certificate_for_another_purpose_does_not_do(scheme: Scheme) -> None:
    data = cose.sign1_certified(PAYLOAD, "offer", scheme.merchant)
    with pytest.raises(AdmissionRefused) as refusal:
        open_it(data, scheme, purpose=Purpose.BANK)
    assert refusal.value.code == "CHAIN_PURPOSE"


def test_stranger_cannot_use_a_copied_chain(scheme: Scheme) -> None:
    thief = CertifiedKey(P256Key.from_seed(b"t" * 32), scheme.merchant.chain)
    with pytest.raises(PeerDeviated) as refusal:
        open_it(cose.sign1_certified(PAYLOAD, "offer", thief), scheme)
    assert refusal.value.code == "SIG_INVALID"


def test_chain_cannot_be_exchanged_for_another_of_the_same_key(scheme: Scheme) -> None:
    data = cose.sign1_certified(PAYLOAD, "offer", scheme.merchant)
    payload, signature = cbor2.loads(data)[2:]
    header = encode({1: -7, 3: "application/semper.offer+cbor", 33: list(scheme.remote.chain)})
    with pytest.raises(PeerDeviated):
        open_it(encode([header, {}, payload, signature]), scheme)


def test_second_spelling_of_an_ecdsa_signature_is_refused(scheme: Scheme) -> None:
    data = cose.sign1_certified(PAYLOAD, "offer", scheme.merchant)
    scalar = int.from_bytes(data[-32:], "big")
    assert 0 < scalar <= P256_ORDER // 2
    with pytest.raises(PeerDeviated) as refusal:
        open_it(data[:-32] + (P256_ORDER - scalar).to_bytes(32, "big"), scheme)
    assert refusal.value.code == "SIG_INVALID"


@pytest.mark.parametrize("chain", [[], b"", "text", 1, [b"one"], [b"one", "two"], [[b"one"], b"two"], None])
def test_malformed_chain_is_refused(chain: Any, scheme: Scheme) -> None:
    header = encode({1: -7, 3: "application/semper.offer+cbor", 33: chain})
    data = encode(signed(header, key=scheme.merchant))
    with pytest.raises(SemperError) as refusal:
        open_it(data, scheme)
    assert refusal.value.code in ("SIG_INVALID", "CHAIN_UNTRUSTED")


def test_single_certificate_in_an_array_is_a_second_spelling(scheme: Scheme) -> None:
    """RFC 9360 §2: one certificate is a byte string, not an array of one."""
    header = encode({1: -7, 3: "application/semper.offer+cbor", 33: list(scheme.merchant.chain)})
    with pytest.raises(PeerDeviated):
        open_it(encode(signed(header, key=scheme.merchant)), scheme)


@pytest.mark.parametrize("extra", [{4: b"kid"}, {2: [33]}, {34: [-16, b"hash"]}])
def test_more_headers_beside_the_chain_are_refused(extra: dict[int, Any], scheme: Scheme) -> None:
    header = encode({1: -7, 3: "application/semper.offer+cbor", 33: scheme.merchant.chain[0], **extra})
    with pytest.raises(PeerDeviated):
        open_it(encode(signed(header, key=scheme.merchant)), scheme)


def test_bare_statement_does_not_pass_for_a_certified_one(scheme: Scheme) -> None:
    with pytest.raises(PeerDeviated):
        open_it(cose.sign1(PAYLOAD, "offer", KEY), scheme)


def test_certified_statement_has_no_bare_signer(scheme: Scheme) -> None:
    with pytest.raises(PeerDeviated):
        cose.signer_of(cose.sign1_certified(PAYLOAD, "offer", scheme.merchant))
