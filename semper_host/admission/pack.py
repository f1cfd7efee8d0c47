"""The .smpack: a bundle with all that its admission needs, for a merchant to hand over with its offer."""

from __future__ import annotations

from typing import NoReturn

from semper_host.admission.archive_format import MAX_BYTES
from semper_host.admission.log_evidence import MAX_STAPLE
from semper_host.admission.statements import MAX_STATEMENT, RELEASE, digest
from semper_host.model.encoding import MalformedEncoding, Record, encode
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.supporting.cryptographic import cose

MAX_EVALUATIONS = 16
MAX_PACK = MAX_BYTES + (MAX_EVALUATIONS + 1) * MAX_STATEMENT + MAX_STAPLE + 1024
"""The most bytes that a pack may have."""


class Pack(Record, frozen=True):
    """The archive, the publisher's signed release, the authorities' signed evaluations, and the encoded Staple that
    proves from a repository's log that they were published (b"": nothing does): exact bytes.
    """

    archive: bytes
    release: bytes
    evaluations: tuple[bytes, ...] = ()
    staple: bytes = b""


def write_pack(pack: Pack) -> bytes:
    """Return the bytes of a pack. Raises AdmissionRefused ARCHIVE_TOO_LARGE."""
    _check(pack)
    return encode(pack)


def read_pack(data: bytes) -> Pack:
    """Return the pack in `data`, its parts not verified. Raises AdmissionRefused ARCHIVE_TOO_LARGE, ARCHIVE_INVALID."""
    if len(data) > MAX_PACK:
        _refuse(f"it has more than {MAX_PACK} bytes")
    try:
        pack = Pack.decode(data)
    except MalformedEncoding as error:
        raise AdmissionRefused("ARCHIVE_INVALID", f"cannot accept the pack: {error.message}", evidence=data) from None
    _check(pack)
    return pack


def open_pack(data: bytes, subject: bytes) -> Pack:
    """Return the pack that a source handed over for the archive of digest `subject` (32 bytes).

    Whatever was changed in framing, archive or release is the source's doing, and another one may help: raises
    AdmissionRefused ARCHIVE_DIGEST. Evaluations and staple are weighed later, by `admit`.
    """
    try:
        pack = read_pack(data)
    except AdmissionRefused as error:
        raise _lied(error.message.removeprefix("cannot accept "), data) from None
    if digest(pack.archive) != subject:
        raise _lied(f"the bundle has digest {digest(pack.archive).hex()}, not {subject.hex()}", data)
    try:
        cose.open1(pack.release, RELEASE, cose.signer_of(pack.release))
    except SemperError:
        raise _lied("the release in the pack was changed", data) from None
    return pack


def _lied(cause: str, data: bytes) -> AdmissionRefused:
    return AdmissionRefused("ARCHIVE_DIGEST", f"cannot use what was handed over: {cause}", evidence=data)


def _check(pack: Pack) -> None:
    if len(pack.evaluations) > MAX_EVALUATIONS:
        _refuse(f"it holds more than {MAX_EVALUATIONS} evaluations")
    bounds = [(pack.archive, MAX_BYTES), (pack.staple, MAX_STAPLE), (pack.release, MAX_STATEMENT)]
    bounds += [(evaluation, MAX_STATEMENT) for evaluation in pack.evaluations]
    if any(len(part) > most for part, most in bounds):
        _refuse("one of its parts is too large")


def _refuse(cause: str) -> NoReturn:
    raise AdmissionRefused("ARCHIVE_TOO_LARGE", f"cannot accept the pack: {cause}")
