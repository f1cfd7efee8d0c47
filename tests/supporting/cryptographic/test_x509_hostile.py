"""Certificates that a hostile authority below a trusted one could make: none gets it, or its customers, more than its
own certificate says, and none is read in two ways.

A row holds the certificate that is hostile, made with the key of the authority above it, in a chain that is good
otherwise: the same chain with the honest certificate in its place is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import NameOID

from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic.x509 import ARC, Purpose, TrustedRoot
from semper_host.supporting.cryptographic.x509_chain import Signer, verify_chain
from tests.supporting.cryptographic import der
from tests.supporting.cryptographic.der import BOOLEAN, INTEGER, SEQUENCE, Parts, extension, tlv, with_extensions
from tests.supporting.cryptographic.scheme import NOW, URI
from tests.supporting.cryptographic.test_x509 import KEYS, LEAF, MIDDLE, ROOT, Draft, uri

MERCHANT, BANK, EVALUATE = Purpose.MERCHANT, Purpose.BANK, Purpose.EVALUATE
LOWER = replace(MIDDLE, name="Lower", key=KEYS["x"])
SCOPED = replace(MIDDLE, names=(uri("semper:merchant/eurocom"),))
LEAF_DER, MIDDLE_DER, ROOT_DER = LEAF.sign(MIDDLE), MIDDLE.sign(ROOT), ROOT.sign(ROOT)
BASIC, USAGE, NAMES = b"\x55\x1d\x13", b"\x55\x1d\x0f", b"\x55\x1d\x11"


def check(chain: Sequence[bytes], purpose: Purpose = MERCHANT) -> Signer:
    return verify_chain(chain, purpose, [TrustedRoot("registry", ROOT_DER, frozenset({MERCHANT, BANK}))], NOW)


def refused(chain: Sequence[bytes], purpose: Purpose = MERCHANT) -> str:
    with pytest.raises(AdmissionRefused) as caught:
        check(chain, purpose)
    assert caught.value.message.startswith("cannot trust the certificate chain: ")
    return caught.value.code


# --- how a certificate is written: one way only


def number(tag: int, value: bytes) -> Callable[[Parts], Sequence[bytes]]:
    """Put this serial number into a certificate."""
    return lambda fields: [fields[0], tlv(tag, value), *fields[2:]]


def version(value: int) -> Callable[[Parts], Sequence[bytes]]:
    return lambda fields: [tlv(der.VERSION, tlv(INTEGER, bytes([value]))), *fields[1:]]


def first(fields: Parts) -> Sequence[bytes]:
    """A certificate of X.509 version 1: without version and extensions."""
    return fields[1:-1]


def twice(oid: bytes, other: bytes) -> Callable[[Parts], Sequence[bytes]]:
    """Put an extension in once more, saying otherwise."""
    return with_extensions(lambda listed: [*listed, extension(oid, other, critical=True)])


def said(oid: bytes, value: bytes, *, critical: bool = True) -> Callable[[Parts], Sequence[bytes]]:
    """Put another value into an extension."""

    def change(listed: Parts) -> Sequence[bytes]:
        kept = [each for each in listed if oid not in each[:12]]
        assert len(kept) == len(listed) - 1
        return [*kept, extension(oid, value, critical=critical)]

    return with_extensions(change)


CA = tlv(SEQUENCE, der.TRUE)
SPELT: dict[str, Callable[[Parts], Sequence[bytes]]] = {
    "version 1": first,
    "version 2": version(1),
    "version 4": version(3),
    "a serial number of nothing": number(INTEGER, b""),
    "serial number 0": number(INTEGER, b"\0"),
    "a negative serial number": number(INTEGER, b"\x80\x01"),
    "a serial number that is longer than need be": number(INTEGER, b"\0\0\x01"),
    "a serial number of 21 bytes": number(INTEGER, b"\x01" + bytes(20)),
    "a serial number of another type": number(der.OCTET_STRING, b"\x01"),
    "basic constraints twice": twice(BASIC, CA),
    "key usage twice": twice(USAGE, b"\x03\x02\x01\x06"),
    "alternative names twice": twice(NAMES, tlv(SEQUENCE, tlv(0x86, b"semper:merchant/other"))),
    "basic constraints with a path length of less than nothing": said(
        BASIC, tlv(SEQUENCE, der.TRUE, tlv(INTEGER, b"\xff"))
    ),
    "basic constraints of another type": said(BASIC, tlv(INTEGER, b"\x01")),
    "basic constraints that say nothing in a byte": said(BASIC, b"\0"),
    "a truth that is not FF": said(BASIC, tlv(SEQUENCE, tlv(BOOLEAN, b"\x01"))),
    "bytes after basic constraints": said(BASIC, tlv(SEQUENCE) + b"\0"),
    "key usage of nothing": said(USAGE, b""),
    "bytes after the last field": lambda fields: [*fields, b"\x05\0"],
    "extensions twice": lambda fields: [*fields, fields[-1]],
    "no extension in its extensions": with_extensions(lambda listed: []),
    "another algorithm inside than outside": lambda fields: [
        *fields[:2], tlv(SEQUENCE, bytes.fromhex("06082a8648ce3d040303")), *fields[3:]
    ],
}  # fmt: skip


@pytest.mark.parametrize("way", SPELT)
@pytest.mark.filterwarnings("ignore")
def test_certificate_that_is_written_otherwise_is_refused(way: str) -> None:
    change = SPELT[way]
    assert check([LEAF_DER, MIDDLE_DER]).name == "EUROCOM"
    assert check([der.resigned(LEAF_DER, list, KEYS["i"]), MIDDLE_DER]).name == "EUROCOM"
    assert refused([der.resigned(LEAF_DER, change, KEYS["i"]), MIDDLE_DER]) in ("CHAIN_UNTRUSTED", "CHAIN_PURPOSE")
    if way != "alternative names twice":
        assert refused([LEAF_DER, der.resigned(MIDDLE_DER, change, KEYS["r"])]) in ("CHAIN_UNTRUSTED", "CHAIN_PURPOSE")


def indefinite(data: bytes) -> bytes:
    """The same in BER, of a length that its end tells (X.690 §8.1.3.6)."""
    return data[:1] + b"\x80" + der.content(data) + b"\0\0"


def longer(data: bytes) -> bytes:
    """The same in BER, its length in more octets than it needs (X.690 §8.1.3.5)."""
    return data[:1] + b"\x83\0" + data[2:4] + der.content(data)


@pytest.mark.parametrize(
    "respelt",
    [
        indefinite, longer, lambda data: data + b"\0", lambda data: data + data, lambda data: data[:-1],
        lambda data: b"\0" + data,
    ],
    ids=["indefinite length", "longer length", "a byte after it", "itself after it", "cut", "a byte before it"],
)  # fmt: skip
def test_the_same_certificate_in_other_bytes_is_refused(respelt: Callable[[bytes], bytes]) -> None:
    assert refused([respelt(LEAF_DER), MIDDLE_DER]) == "CHAIN_UNTRUSTED"
    assert refused([LEAF_DER, respelt(MIDDLE_DER)]) == "CHAIN_UNTRUSTED"
    tbs, algorithm, signature = der.parts(LEAF_DER)
    assert refused([tlv(SEQUENCE, respelt(tbs), algorithm, signature), MIDDLE_DER]) == "CHAIN_UNTRUSTED"


# --- whom an authority may make an authority


HOSTILE: dict[str, tuple[Draft, ...]] = {
    "an authority that is one by accident": (LEAF, replace(MIDDLE, ca=False, certifies=True)),
    "an authority with a path length that is none": (LEAF, replace(MIDDLE, ca=False, path_length=None)),
    "an authority below one that may have none": (LEAF, LOWER, replace(MIDDLE, path_length=0)),
    "a scope that is left out further down": (
        replace(LEAF, names=(uri("semper:merchant/other"),)), LOWER, SCOPED,
    ),
    "a scope of names that are no URIs, below one of URIs": (
        replace(LEAF, names=(uri("semper:merchant/other"),)),
        replace(LOWER, names=(x509.DNSName("semper"), x509.RFC822Name("a@b.example"))),
        SCOPED,
    ),
    "a scope that ends in a slash": (LEAF, replace(MIDDLE, names=(uri("semper:merchant/eurocom/"),))),
    "an empty scope": (LEAF, replace(MIDDLE, names=(uri(""),))),
    "a scope in capitals": (LEAF, replace(MIDDLE, names=(uri("SEMPER:MERCHANT/EUROCOM"),))),
    "a scope by percent": (LEAF, replace(MIDDLE, names=(uri("semper:merchant/%65urocom"),))),
    "a scope that climbs": (LEAF, replace(MIDDLE, names=(uri("semper:merchant/x/.."),))),
}  # fmt: skip


@pytest.mark.parametrize("row", HOSTILE)
def test_authority_below_another_gets_no_more_than_it_was_given(row: str) -> None:
    drafts = [*HOSTILE[row], ROOT]
    chain = [draft.sign(above) for draft, above in pairwise(drafts)]
    assert refused(chain) in ("CHAIN_UNTRUSTED", "CHAIN_PURPOSE")


@pytest.mark.parametrize("oid", [BASIC, USAGE], ids=["basic constraints", "key usage"])
def test_what_makes_an_authority_must_be_critical(oid: bytes) -> None:
    def uncritical(listed: Parts) -> Sequence[bytes]:
        return [_uncritical(each) if oid in each[:12] else each for each in listed]

    changed = der.resigned(MIDDLE_DER, with_extensions(uncritical), KEYS["r"])
    assert changed != MIDDLE_DER
    assert refused([LEAF_DER, changed]) == "CHAIN_UNTRUSTED"


def _uncritical(each: bytes) -> bytes:
    name, critical, value = der.parts(each)
    assert critical == der.TRUE
    return tlv(SEQUENCE, name, value)


CRITICAL: dict[str, x509.ExtensionType] = {
    "policy constraints": x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None),
    "any policy inhibited": x509.InhibitAnyPolicy(0),
    "policies": x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3"), None)]),
    "OCSP must be stapled": x509.TLSFeature([x509.TLSFeatureType.status_request]),
    "distribution points": x509.CRLDistributionPoints(
        [x509.DistributionPoint([uri("http://crl.example/")], None, None, None)]
    ),
    "one of its own": x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{ARC}.9.9"), b"\x05\0"),
}


@pytest.mark.parametrize("row", CRITICAL)
@pytest.mark.parametrize("place", ["leaf", "authority"])
def test_critical_extension_that_nobody_here_judges_is_refused(row: str, place: str) -> None:
    """RFC 5280 §4.2: reject the certificate if it encounters a critical extension that it cannot process."""
    more = ((CRITICAL[row], True),)
    leaf, middle = (replace(LEAF, more=more), MIDDLE) if place == "leaf" else (LEAF, replace(MIDDLE, more=more))
    assert refused([leaf.sign(middle), middle.sign(ROOT)]) == "CHAIN_UNTRUSTED"


def name_of(text: str) -> x509.DirectoryName:
    return x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]))


@pytest.mark.parametrize("critical", [True, False])
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize(
    "subtree",
    [uri("eurocom.example"), uri("semper:merchant/other"), name_of("Somebody"), x509.RFC822Name("eurocom.example")],
    ids=["host", "uri", "directory", "mail"],
)
def test_authority_whose_names_are_constrained_in_another_way_than_ours_is_refused(
    subtree: x509.GeneralName, kept: bool, critical: bool
) -> None:
    """The library lets some of these pass. `kept`: only these names are permitted; else they alone are excluded."""
    limits = x509.NameConstraints([subtree] if kept else None, None if kept else [subtree])
    middle = replace(MIDDLE, more=((limits, critical),))
    assert refused([LEAF.sign(middle), middle.sign(ROOT)]) == "CHAIN_UNTRUSTED"


# --- the leaf's name


@pytest.mark.parametrize(
    "text",
    [
        "semper:merchant/eurocom@other", "semper://merchant/eurocom", "semper://eurocom@merchant/x",
        "semper:merchant:443/eurocom", "semper:merchant/eurocom:443", "semper:merchant/eurocom?x=y",
        "semper:merchant/eurocom#x", "semper:merchant/eurocom/", "semper:merchant//eurocom", "semper:/merchant/eurocom",
        "semper:merchant/./eurocom", "semper:merchant/..", "semper:merchant/%2e%2e", "semper:merchant/eurocom%00",
        "semper:merchant/eurocom\n", "semper:merchant/eurocom\0", " semper:merchant/eurocom",
        "semper:merchant/euro com",
        "SEMPER:merchant/eurocom", "Semper:merchant/eurocom", "semper:MERCHANT/eurocom", "semper:merchant/EuroCom",
        "semper:merchant/-eurocom", "semper:merchant/eurocom.", "semper:merchant/a..b",
        "semper:merchant/a/b/c/d/e/f/g/h/i",
        "semper:merchants/eurocom", "semper:merchant", "semper:", "",
    ],
)  # fmt: skip
def test_name_has_one_spelling(text: str) -> None:
    leaf = replace(LEAF, names=(uri(text),))
    assert refused([leaf.sign(MIDDLE), MIDDLE_DER]) == "CHAIN_PURPOSE"
    both = replace(LEAF, names=(uri(text), uri(URI)))
    assert check([both.sign(MIDDLE), MIDDLE_DER]).uri == URI  # it is no name of ours: the other one counts


def test_name_that_is_not_ascii_is_refused() -> None:
    changed = der.resigned(
        LEAF_DER, said(NAMES, tlv(SEQUENCE, tlv(0x86, "semper:merchant/eurоcom".encode())), critical=False), KEYS["i"]
    )
    assert refused([changed, MIDDLE_DER]) == "CHAIN_PURPOSE"


def test_one_certificate_has_one_name_for_each_purpose_and_speaks_for_no_other() -> None:
    both = replace(LEAF, purposes=(MERCHANT.oid, BANK.oid), names=(uri("semper:bank/eurobank"), uri(URI)))
    middle = replace(MIDDLE, purposes=(MERCHANT.oid, BANK.oid))
    chain = [both.sign(middle), middle.sign(ROOT)]
    assert (check(chain).uri, check(chain, BANK).uri) == (URI, "semper:bank/eurobank")
    assert refused([both.sign(MIDDLE), MIDDLE_DER], BANK) == "CHAIN_PURPOSE"  # the authority is for merchants only
    more = replace(LEAF, names=(uri(URI), uri("semper:bank/eurobank")))
    assert refused([more.sign(middle), middle.sign(ROOT)], BANK) == "CHAIN_PURPOSE"  # a name is no purpose
    scoped = replace(middle, names=(uri(URI),))
    assert refused([both.sign(scoped), scoped.sign(ROOT)], BANK) == "CHAIN_PURPOSE"


# --- keys and signatures


def weak_keys() -> dict[str, object]:
    return {
        "RSA of 1024 bits": rsa.generate_private_key(65537, 1024),
        "Ed25519": ed25519.Ed25519PrivateKey.generate(),
        "Ed448": ed448.Ed448PrivateKey.generate(),
        "secp256k1": ec.generate_private_key(ec.SECP256K1()),
        "brainpool": ec.generate_private_key(ec.BrainpoolP256R1()),
    }


@pytest.mark.parametrize("kind", ["RSA of 1024 bits", "Ed25519", "Ed448", "secp256k1", "brainpool"])
def test_key_of_another_kind_neither_certifies_nor_signs(kind: str) -> None:
    key = weak_keys()[kind]
    odd = replace(LEAF, key=key)
    assert refused([odd.sign(MIDDLE), MIDDLE_DER]) == "CHAIN_UNTRUSTED"
    middle = replace(MIDDLE, key=key)
    assert refused([signed_by(key), middle.sign(ROOT)]) == "CHAIN_UNTRUSTED"


def signed_by(key: object) -> bytes:
    """The leaf, certified with any kind of key."""
    chosen = None if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) else hashes.SHA256()
    made = x509.load_der_x509_certificate(LEAF_DER)
    builder = x509.CertificateBuilder(
        made.issuer, made.subject, made.public_key(), made.serial_number, datetime.fromtimestamp(NOW - 9, UTC),
        datetime.fromtimestamp(NOW + 9, UTC), list(made.extensions),
    )  # fmt: skip
    return builder.sign(key, chosen).public_bytes(serialization.Encoding.DER)  # type: ignore[arg-type]


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1()], ids=["P-384", "P-521"])
def test_statements_are_signed_with_p256_alone(curve: ec.EllipticCurve) -> None:
    odd = replace(LEAF, key=ec.generate_private_key(curve))
    assert refused([odd.sign(MIDDLE), MIDDLE_DER]) == "CHAIN_UNTRUSTED"


@pytest.mark.parametrize(
    ("algorithm", "oid"),
    [
        (hashes.SHA1(), "2a8648ce3d0401"),
        (hashes.SHA224(), "2a8648ce3d040301"),
        (hashes.SHA3_256(), "60864801650304030a"),
    ],
    ids=["SHA-1", "SHA-224", "SHA3"],
)
def test_certificate_signed_over_another_digest_is_refused(algorithm: hashes.HashAlgorithm, oid: str) -> None:
    """SHA-1 above all: two certificates of one digest can be made."""
    named = tlv(SEQUENCE, tlv(der.OID, bytes.fromhex(oid)))
    fields = der.parts(der.parts(LEAF_DER)[0])
    tbs = tlv(SEQUENCE, *fields[:2], named, *fields[3:])
    signature = KEYS["i"].sign(tbs, ec.ECDSA(algorithm))
    leaf = tlv(SEQUENCE, tbs, named, tlv(der.BIT_STRING, b"\0", signature))
    assert refused([leaf, MIDDLE_DER]) == "CHAIN_UNTRUSTED"


def test_curve_that_is_spelt_out_is_not_p256() -> None:
    """A curve of the maker's choice fits any public key (CVE-2020-0601)."""
    field = tlv(SEQUENCE, bytes.fromhex("06072a8648ce3d0101"), tlv(INTEGER, b"\0" + b"\xff" * 32))
    prime = tlv(SEQUENCE, tlv(INTEGER, b"\x01"), field)

    def spelt_out(fields: Parts) -> Sequence[bytes]:
        place = next(n for n, each in enumerate(fields) if bytes.fromhex("2a8648ce3d0201") in each)
        algorithm, point = der.parts(fields[place])
        explicit = tlv(SEQUENCE, der.parts(algorithm)[0], prime)
        return [*fields[:place], tlv(SEQUENCE, explicit, point), *fields[place + 1 :]]

    assert refused([der.resigned(LEAF_DER, spelt_out, KEYS["i"]), MIDDLE_DER]) == "CHAIN_UNTRUSTED"
    assert refused([LEAF_DER, der.resigned(MIDDLE_DER, spelt_out, KEYS["r"])]) == "CHAIN_UNTRUSTED"


# --- time


@pytest.mark.parametrize("place", ["leaf", "authority"])
def test_certificate_that_begins_later_or_never_is_refused(place: str) -> None:
    for start, end, code in ((NOW + 1, NOW + 9, "CHAIN_EXPIRED"), (NOW + 9, NOW + 9, "CHAIN_EXPIRED")):
        draft = replace(LEAF if place == "leaf" else MIDDLE, start=start, end=end)
        leaf, middle = (draft, MIDDLE) if place == "leaf" else (LEAF, draft)
        assert refused([leaf.sign(middle), middle.sign(ROOT)]) == code


def test_time_without_its_zone_is_refused() -> None:
    def bare(fields: Parts) -> Sequence[bytes]:
        place = next(n for n, each in enumerate(fields) if each[:1] == b"\x30" and each[2:3] == b"\x17")
        begins, ends = der.parts(fields[place])
        return [*fields[:place], tlv(SEQUENCE, tlv(0x17, der.content(begins)[:-1]), ends), *fields[place + 1 :]]

    assert refused([der.resigned(LEAF_DER, bare, KEYS["i"]), MIDDLE_DER]) == "CHAIN_UNTRUSTED"
