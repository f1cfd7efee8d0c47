"""Certificate chains: every rule, and with which code its breach is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.x509 import ARC, Purpose, TrustedRoot, load
from semper_host.supporting.cryptographic.x509_chain import Signer, verify_chain
from tests.supporting.cryptographic.scheme import NOW, URI, YEAR, Scheme

MERCHANT, BANK = Purpose.MERCHANT, Purpose.BANK
KEYS = {name: P256Key.from_seed(name.encode() * 32).private for name in "rimxy"}


@dataclass(frozen=True)
class Draft:
    """A certificate before it is signed; the defaults make a good one."""

    name: str
    key: Any
    ca: bool | None = False
    path_length: int | None = None
    purposes: Sequence[Any] | None = (MERCHANT.oid,)
    names: Sequence[x509.GeneralName] = ()
    signs: bool = True
    certifies: bool = False
    usage: bool = True
    start: int = NOW - YEAR
    end: int = NOW + YEAR
    more: Sequence[tuple[x509.ExtensionType, bool]] = field(default=())

    def sign(self, issuer: Draft) -> bytes:
        names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (self.name, issuer.name)]
        public = self.key.public_key()
        builder = x509.CertificateBuilder(names[1], names[0], public, x509.random_serial_number())
        builder = builder.not_valid_before(datetime.fromtimestamp(self.start, UTC))
        builder = builder.not_valid_after(datetime.fromtimestamp(self.end, UTC))
        for extension, critical in self._extensions(issuer):
            builder = builder.add_extension(extension, critical)
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _extensions(self, issuer: Draft) -> list[tuple[x509.ExtensionType, bool]]:
        public, above = self.key.public_key(), issuer.key.public_key()
        all_of: list[tuple[x509.ExtensionType, bool]] = [
            (x509.SubjectKeyIdentifier.from_public_key(public), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(above), False),
        ]
        if self.ca is not None:
            all_of.append((x509.BasicConstraints(self.ca, self.path_length), True))
        if self.usage:
            flags = (self.signs, False, False, False, False, self.certifies, False, False, False)
            all_of.append((x509.KeyUsage(*flags), True))
        if self.purposes is not None:
            all_of.append((x509.ExtendedKeyUsage(list(self.purposes)), True))
        if self.names:
            all_of.append((x509.SubjectAlternativeName(list(self.names)), False))
        return [*all_of, *self.more]


def uri(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)


ROOT = Draft("Root", KEYS["r"], ca=True, certifies=True, signs=False, purposes=None)
MIDDLE = Draft("Middle", KEYS["i"], ca=True, certifies=True, signs=False)
LEAF = Draft("EUROCOM", KEYS["m"], names=(uri(URI),))


def trusted(root: Draft = ROOT, *purposes: Purpose) -> list[TrustedRoot]:
    return [TrustedRoot("registry", root.sign(root), frozenset(purposes or (MERCHANT,)))]


def check(chain: Sequence[bytes], roots: Sequence[TrustedRoot], purpose: Purpose = MERCHANT, at: int = NOW) -> Signer:
    return verify_chain(chain, purpose, roots, at)


def check_drafts(leaf: Draft = LEAF, *middles: Draft, root: Draft = ROOT, at: int = NOW) -> Signer:
    """Verify root -> ... -> leaf, each signed by the one above; `middles` are given from below."""
    above = [*middles, root]
    chain = [draft.sign(issuer) for draft, issuer in zip([leaf, *middles], above, strict=True)]
    return check(chain, trusted(root), at=at)


def code_of(*args: Any, **named: Any) -> str:
    with pytest.raises(AdmissionRefused) as refusal:
        check_drafts(*args, **named)
    assert refusal.value.message.startswith("cannot trust the certificate chain: ")
    return refusal.value.code


def refusal_of(*args: Any, **named: Any) -> str:
    with pytest.raises(AdmissionRefused) as refusal:
        check(*args, **named)
    return refusal.value.code


def test_good_chains_name_the_signer() -> None:
    lower = replace(MIDDLE, name="Lower", key=KEYS["x"])
    for middles in ((), (MIDDLE,), (lower, MIDDLE)):
        signer = check_drafts(LEAF, *middles)
        assert (signer.name, signer.uri, signer.root) == ("EUROCOM", URI, "registry")
        assert signer.fingerprint == P256Key(KEYS["m"]).fingerprint


def test_issued_chains_are_good(scheme: Scheme) -> None:
    for key in (scheme.merchant, scheme.remote):
        assert check(key.chain, scheme.trusted).fingerprint == key.fingerprint


def test_purposes_keep_their_numbers() -> None:
    """Certificates are in use for years: these identifiers never change."""
    assert ARC == "2.25.269548178730769944539108156786794372707"
    expected = ["evaluate", "merchant", "bank", "trustee", "arbiter", "publisher"]
    assert [(p.value, p.oid.dotted_string) for p in Purpose] == [
        (name, f"{ARC}.1.{n}") for n, name in enumerate(expected, start=1)
    ]


# --- trust


def test_root_that_nobody_trusts_is_refused() -> None:
    chain = [LEAF.sign(ROOT)]
    assert refusal_of(chain, []) == "CHAIN_UNTRUSTED"
    assert refusal_of(chain, trusted(replace(ROOT, name="Other", key=KEYS["x"]))) == "CHAIN_UNTRUSTED"


def test_root_of_the_same_name_with_another_key_is_refused() -> None:
    assert refusal_of([LEAF.sign(ROOT)], trusted(replace(ROOT, key=KEYS["x"]))) == "CHAIN_UNTRUSTED"


def test_self_signed_leaf_is_refused() -> None:
    assert refusal_of([LEAF.sign(LEAF)], trusted()) == "CHAIN_UNTRUSTED"


def test_root_is_no_leaf() -> None:
    for flags in ({}, {"signs": True, "purposes": (MERCHANT.oid,), "names": (uri(URI),)}):
        root = replace(ROOT, **flags)  # type: ignore[arg-type]
        with pytest.raises(AdmissionRefused):
            check([root.sign(root)], trusted(root))


def test_chain_in_another_order_is_refused() -> None:
    leaf, middle = LEAF.sign(MIDDLE), MIDDLE.sign(ROOT)
    assert refusal_of([middle, leaf], trusted()) in ("CHAIN_UNTRUSTED", "CHAIN_PURPOSE")
    second = replace(MIDDLE, name="Second", key=KEYS["x"])
    assert refusal_of([LEAF.sign(second), middle, second.sign(MIDDLE)], trusted()) == "CHAIN_UNTRUSTED"


def test_certificates_beside_the_path_are_refused() -> None:
    leaf, stranger = LEAF.sign(ROOT), replace(MIDDLE, name="Stranger").sign(ROOT)
    assert refusal_of([leaf, stranger], trusted()) == "CHAIN_UNTRUSTED"
    assert refusal_of([leaf, leaf], trusted()) == "CHAIN_UNTRUSTED"
    assert refusal_of([leaf, ROOT.sign(ROOT)], trusted()) == "CHAIN_UNTRUSTED"


def test_chain_with_a_missing_link_is_refused() -> None:
    assert refusal_of([LEAF.sign(MIDDLE)], trusted()) == "CHAIN_UNTRUSTED"


@pytest.mark.parametrize("chain", [[], [b""], [b"junk"], [bytes(9000)], [b"\x30\x80"]])
def test_malformed_chain_is_refused(chain: list[bytes]) -> None:
    assert refusal_of(chain, trusted()) == "CHAIN_UNTRUSTED"


def test_chain_of_four_is_refused() -> None:
    drafts = [replace(MIDDLE, name=f"M{n}", key=KEYS[key]) for n, key in enumerate("ixy")]
    assert code_of(LEAF, *drafts) == "CHAIN_UNTRUSTED"


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_every_changed_byte_of_a_certificate_is_detected() -> None:
    data, roots = LEAF.sign(ROOT), trusted()
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1 << position % 8
        with pytest.raises(AdmissionRefused):
            check([bytes(changed)], roots)


def test_a_certificate_has_one_spelling_of_its_signature() -> None:
    data = next(each for each in iter(lambda: LEAF.sign(ROOT), b"") if not each[-1] & 1)
    at = len(data) - len(load(data).signature) - 1
    assert data[at] == 0
    other = data[:at] + b"\x01" + data[at + 1 :]  # one bit unused, which is zero as it must be
    with pytest.raises(AdmissionRefused, match="whole bytes"):
        check([other], trusted())


# --- purposes


def test_leaf_for_another_purpose_is_refused() -> None:
    foreign = (ExtendedKeyUsageOID.CLIENT_AUTH,), (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)
    for purposes in ((BANK.oid,), *foreign, None):
        assert code_of(replace(LEAF, purposes=purposes)) == "CHAIN_PURPOSE"


def test_intermediate_cannot_certify_beyond_its_purposes() -> None:
    for purposes in ((BANK.oid,), (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,), None):
        assert code_of(LEAF, replace(MIDDLE, purposes=purposes)) == "CHAIN_PURPOSE"


def test_every_intermediate_must_have_the_purpose() -> None:
    lower = replace(MIDDLE, name="Lower", key=KEYS["x"])
    assert code_of(LEAF, lower, replace(MIDDLE, purposes=(BANK.oid,))) == "CHAIN_PURPOSE"
    assert code_of(LEAF, replace(lower, purposes=(BANK.oid,)), MIDDLE) == "CHAIN_PURPOSE"


def test_root_cannot_certify_beyond_the_purposes_it_names() -> None:
    assert code_of(root=replace(ROOT, purposes=(BANK.oid,))) == "CHAIN_PURPOSE"
    check_drafts(root=replace(ROOT, purposes=(BANK.oid, MERCHANT.oid)))


def test_root_that_the_user_trusts_for_something_else_is_refused() -> None:
    assert refusal_of([LEAF.sign(ROOT)], trusted(ROOT, BANK)) == "CHAIN_PURPOSE"


def test_second_trust_in_the_same_root_adds_to_the_first() -> None:
    root = ROOT.sign(ROOT)
    roots = [TrustedRoot("banks", root, frozenset({BANK})), TrustedRoot("shops", root, frozenset({MERCHANT}))]
    assert check([LEAF.sign(ROOT)], roots).root == "shops"


def test_two_roots_of_one_name_are_both_tried() -> None:
    renewed = replace(ROOT, key=KEYS["x"])
    roots = [*trusted(renewed), *trusted(ROOT)]
    assert check([LEAF.sign(ROOT)], roots).name == check([LEAF.sign(renewed)], roots).name


# --- time


@pytest.mark.parametrize("late", ["leaf", "middle", "root"])
def test_validity_is_judged_at_the_given_time(late: str) -> None:
    drafts = {"leaf": LEAF, "middle": MIDDLE, "root": ROOT}
    drafts[late] = replace(drafts[late], start=NOW - 100, end=NOW + 100)
    leaf, middle, root = drafts.values()
    for at in (NOW - 100, NOW, NOW + 100):
        check_drafts(leaf, middle, root=root, at=at)
    for at in (NOW - 101, NOW + 101):
        assert code_of(leaf, middle, root=root, at=at) == "CHAIN_EXPIRED"


@pytest.mark.parametrize("at", [-1, 0, 2**31, 2**40, 2**62])
def test_impossible_times_are_refused(at: int) -> None:
    assert code_of(at=at) == "CHAIN_EXPIRED"


def test_expired_chain_to_a_stranger_is_untrusted() -> None:
    other = trusted(replace(ROOT, key=KEYS["x"]))
    assert refusal_of([LEAF.sign(ROOT)], other, at=NOW + 2 * YEAR) == "CHAIN_UNTRUSTED"


# --- certification authorities


def test_leaf_cannot_certify() -> None:
    fake = replace(LEAF, name="Fake", key=KEYS["x"])
    assert code_of(fake, LEAF) == "CHAIN_UNTRUSTED"


def test_issuer_without_the_ca_bit_is_refused() -> None:
    for flags in ({"ca": False}, {"ca": None}, {"certifies": False, "signs": True}, {"usage": False}):
        assert code_of(LEAF, replace(MIDDLE, **flags)) == "CHAIN_UNTRUSTED"


def test_path_length_is_kept() -> None:
    lower = replace(MIDDLE, name="Lower", key=KEYS["x"])
    check_drafts(LEAF, MIDDLE, root=replace(ROOT, path_length=1))
    check_drafts(LEAF, replace(lower, path_length=0), replace(MIDDLE, path_length=1))
    assert code_of(LEAF, MIDDLE, root=replace(ROOT, path_length=0)) == "CHAIN_UNTRUSTED"
    assert code_of(LEAF, lower, replace(MIDDLE, path_length=0)) == "CHAIN_UNTRUSTED"
    assert code_of(LEAF, lower, MIDDLE, root=replace(ROOT, path_length=1)) == "CHAIN_UNTRUSTED"


def test_unknown_critical_extension_is_refused_everywhere() -> None:
    private = x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{ARC}.9.1"), b"\x05\x00")
    assert code_of(replace(LEAF, more=((private, True),))) == "CHAIN_UNTRUSTED"
    assert code_of(LEAF, replace(MIDDLE, more=((private, True),))) == "CHAIN_UNTRUSTED"
    check_drafts(replace(LEAF, more=((private, False),)))


def test_name_constraints_that_cannot_be_judged_are_refused() -> None:
    limits = x509.NameConstraints(permitted_subtrees=[uri("eurocom.example")], excluded_subtrees=None)
    with pytest.raises(AdmissionRefused):
        check_drafts(LEAF, replace(MIDDLE, more=((limits, True),)))


# --- the leaf


def test_leaf_that_is_a_ca_or_may_not_sign_is_refused() -> None:
    for flags in ({"ca": True, "certifies": True}, {"certifies": True}, {"signs": False}, {"usage": False}):
        assert code_of(replace(LEAF, **flags)) in ("CHAIN_PURPOSE", "CHAIN_UNTRUSTED")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "names",
    [
        (),
        (x509.DNSName("eurocom.example"),),
        (uri("https://eurocom.example/"),),
        (uri("semper:bank/eurocom"),),
        (uri("semper:merchant"),),
        (uri("semper:merchant/"),),
        (uri("semper:merchant/Eurocom"),),
        (uri("semper:merchant/eurocom/../other"),),
        (uri("semper:merchant/eurocom//x"),),
        (uri("semper:merchant/euro%20com"),),
        (uri("semper:merchant/" + "a" * 200),),
        (uri("semper:merchant/one"), uri("semper:merchant/two")),
    ],
)
def test_leaf_needs_one_uri_for_its_purpose(names: Sequence[x509.GeneralName]) -> None:
    assert code_of(replace(LEAF, names=names)) in ("CHAIN_PURPOSE", "CHAIN_UNTRUSTED")


def test_leaf_with_two_purposes_has_a_uri_for_each() -> None:
    both = replace(LEAF, purposes=(MERCHANT.oid, BANK.oid), names=(uri("semper:bank/eurobank"), uri(URI)))
    chain, roots = [both.sign(ROOT)], trusted(ROOT, MERCHANT, BANK)
    assert check(chain, roots).uri == URI
    assert check(chain, roots, BANK).uri == "semper:bank/eurobank"


def test_authority_with_a_scope_certifies_nothing_beyond_it() -> None:
    scoped = replace(MIDDLE, names=(uri("semper:merchant/eurocom"),))
    check_drafts(LEAF, scoped)
    check_drafts(replace(LEAF, names=(uri("semper:merchant/eurocom/books"),)), scoped)
    for other in ("semper:merchant/other", "semper:merchant/eurocom-fake", "semper:merchant/euro"):
        assert code_of(replace(LEAF, names=(uri(other),)), scoped) == "CHAIN_PURPOSE"
    lower = replace(MIDDLE, name="Lower", key=KEYS["x"], names=(uri("semper:merchant/other"),))
    assert code_of(replace(LEAF, names=(uri("semper:merchant/other"),)), lower, scoped) == "CHAIN_PURPOSE"


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP256K1()),
        rsa.generate_private_key(65537, 2048),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["P-384", "secp256k1", "RSA", "Ed25519"],
)
def test_leaf_key_is_on_p256(key: Any) -> None:
    assert code_of(replace(LEAF, key=key)) == "CHAIN_UNTRUSTED"


@pytest.mark.parametrize("name", ["a\x00b", "EUROCOM\n", "a\u202eb", " "])
def test_common_name_is_printable(name: str) -> None:
    assert code_of(replace(LEAF, name=name)) == "CHAIN_UNTRUSTED"
