"""The .smpack: a bundle with all that its admission needs, for a merchant to hand over with its offer."""

from __future__ import annotations

from typing import NoReturn

from semper_host.admission.archive_format import MAX_BYTES
from semper_host.admission.statements import MAX_STATEMENT
from semper_host.model.encoding import MalformedEncoding, Record, encode
from semper_host.model.errors import AdmissionRefused

MAX_EVALUATIONS = 16
MAX_PACK = MAX_BYTES + (MAX_EVALUATIONS + 1) * MAX_STATEMENT + 1024
"""The most bytes that a pack may have."""


class Pack(Record, frozen=True):
    """The archive, the publisher's signed release, and the authorities' signed evaluations: exact bytes."""

    archive: bytes
    release: bytes
    evaluations: tuple[bytes, ...] = ()


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
        raise AdmissionRefused("ARCHIVE_INVALID", f"cannot accept the pack: {error.message}") from None
    _check(pack)
    return pack


def _check(pack: Pack) -> None:
    if len(pack.evaluations) > MAX_EVALUATIONS:
        _refuse(f"it holds more than {MAX_EVALUATIONS} evaluations")
    if len(pack.archive) > MAX_BYTES or any(len(part) > MAX_STATEMENT for part in (pack.release, *pack.evaluations)):
        _refuse("one of its parts is too large")


def _refuse(cause: str) -> NoReturn:
    raise AdmissionRefused("ARCHIVE_TOO_LARGE", f"cannot accept the pack: {cause}")
