"""P-256 keys that are made inside a PKCS#11 token and never leave it (OASIS PKCS #11 v3.0; CKM_ECDSA).

What comes out is a `P256Key` like any other, whose private half asks the token for each signature: a session is opened,
logged in and closed again, so that a token that was pulled out is noticed at the next use. The library is an optional
part of this program. A token's nonces are its own business: its signatures are not deterministic.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from semper_host.model.encoding import Record
from semper_host.model.errors import SemperError, Unavailable, UsageError
from semper_host.supporting.cryptographic import p256
from semper_host.supporting.cryptographic.entropy import fresh
from semper_host.supporting.cryptographic.p256 import P256Key

_HALF = 32
_ID = 16


class Place(Record, frozen=True):
    """Where a key lies: the module's file, the token's label and serial number, the key's id there, its public half."""

    module: str
    token: str
    serial: bytes
    key: bytes
    public: bytes  # SubjectPublicKeyInfo, DER


def make_key(module: str, token: str, pin: str, label: str) -> Place:
    """Make a P-256 key inside the token called `token`, not to be taken out, under `label`; return where it lies.

    Raises Unavailable TOKEN_MISSING (library, module or token), UsageError PIN_WRONG, USAGE_INVALID.
    """
    with _answered(token):
        found = _token(module, token, b"")
        with found.open(rw=True, user_pin=pin) as session:
            return _generated(module, found, session, label)


def open_key(place: Place, pin: str) -> P256Key:
    """Return the key at `place`; the token signs, after a login with `pin`. Raises as `make_key`."""
    key = P256Key(_InToken(place, pin))
    with _session(place, pin) as session:
        _private(session, place)
    return key


class _InToken(ec.EllipticCurvePrivateKey):
    """The private half of a key in a token, as far as signing needs one."""

    def __init__(self, place: Place, pin: str) -> None:
        public = p256.parse_public(place.public)
        if public is None:
            _refuse("what is kept of it is no P-256 key")
        self._place, self._pin, self._public = place, pin, public

    @property
    def curve(self) -> ec.EllipticCurve:
        return self._public.curve

    @property
    def key_size(self) -> int:
        return self._public.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._public

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """Return the signature of `data` in DER, as X.509 wants it; the hash is computed here, the rest inside."""
        from pkcs11 import Mechanism

        with _session(self._place, self._pin) as session:
            raw = _private(session, self._place).sign(hashlib.sha256(data).digest(), mechanism=Mechanism.ECDSA)
        r, s = int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big")
        if not p256.verify(self._public, _spelled(r, s), bytes(data)):
            _refuse("the token signed with another key")
        return encode_dss_signature(r, s)

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> bytes:
        _refuse("it signs and does nothing else")

    def private_numbers(self) -> ec.EllipticCurvePrivateNumbers:
        _refuse("it never leaves its token")

    def private_bytes(self, encoding: Any, format: Any, encryption_algorithm: Any) -> bytes:
        _refuse("it never leaves its token")

    def __copy__(self) -> _InToken:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> _InToken:
        return self


def _spelled(r: int, s: int) -> bytes:
    return r.to_bytes(_HALF, "big") + p256.lower_half(s).to_bytes(_HALF, "big")


def _generated(module: str, token: Any, session: Any, label: str) -> Place:
    from pkcs11 import Attribute, KeyType
    from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
    identifier = fresh(_ID)
    closed = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True}
    public, private = parameters.generate_keypair(store=True, label=label, id=identifier, private_template=closed)
    if private[Attribute.EXTRACTABLE] or not private[Attribute.SENSITIVE]:
        _refuse("this token would let its private half out")
    return Place(module, token.label, token.serial, identifier, encode_ec_public_key(public))


@contextmanager
def _session(place: Place, pin: str) -> Iterator[Any]:
    with _answered(place.token), _token(place.module, place.token, place.serial).open(user_pin=pin) as session:
        yield session


def _private(session: Any, place: Place) -> Any:
    from pkcs11 import ObjectClass

    return session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=place.key)


def _token(module: str, label: str, serial: bytes) -> Any:
    """Return the token called `label`: of that serial number, where one is known, for labels can be given twice."""
    try:
        import pkcs11
    except ImportError:
        cause = "the library python-pkcs11 is not installed; `pip install 'semper-host[pkcs11]'` adds it"
        raise Unavailable("TOKEN_MISSING", f"cannot use a PKCS#11 token: {cause}") from None
    try:
        library = pkcs11.lib(module)
    except (pkcs11.exceptions.PKCS11Error, RuntimeError):
        cause = f"there is no usable PKCS#11 module at {module}"
        raise Unavailable("TOKEN_MISSING", f"cannot use the token {label!r}: {cause}") from None
    wanted = {"token_label": label, **({"token_serial": serial} if serial else {})}
    return library.get_token(**wanted)


@contextmanager
def _answered(token: str) -> Iterator[None]:
    """Turn what the token says into what a person can act on."""
    try:
        yield
    except SemperError:
        raise
    except Exception as error:
        _explain(token, error)


def _explain(token: str, error: Exception) -> NoReturn:
    from pkcs11 import exceptions as said

    cannot = f"cannot use the token {token!r}"
    if isinstance(error, said.PinLocked):
        raise UsageError("PIN_WRONG", f"{cannot}: its PIN is locked after too many wrong ones") from None
    if isinstance(error, said.PinIncorrect | said.PinInvalid | said.PinLenRange | said.ArgumentsBad):
        raise UsageError("PIN_WRONG", f"{cannot}: the PIN is wrong") from None
    if isinstance(error, said.NoSuchToken | said.TokenNotPresent | said.DeviceRemoved | said.TokenNotRecognised):
        raise Unavailable("TOKEN_MISSING", f"{cannot}: it is not there") from None
    if isinstance(error, said.MultipleTokensReturned):
        raise UsageError("USAGE_INVALID", f"{cannot}: several tokens have this label; remove one") from None
    if isinstance(error, said.NoSuchKey | said.MultipleObjectsReturned):
        raise Unavailable("TOKEN_MISSING", f"{cannot}: it does not hold the key that this home uses") from None
    if not isinstance(error, said.PKCS11Error):
        raise error
    raise Unavailable("TOKEN_MISSING", f"{cannot}: it answered {type(error).__name__}") from None


def _refuse(cause: str) -> NoReturn:
    raise UsageError("KEYRING_INVALID", f"cannot use the key in the token: {cause}")
