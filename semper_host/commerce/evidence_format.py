"""The form of an evidence file: named sections under one seal, so that whatever was changed can be pointed at.

    file      CBOR array: "semper.evidence/1", seal, array of sections (each a byte string)
    seal      COSE_Sign1 by the exporter's deal key over D, its side, and name, size and SHA-256 of every section

The seal fixes every byte behind it, also the heads of the byte strings: it is checked first, and then says for
each section where it must lie and what it must be. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import NamedTuple, NoReturn

from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.supporting.cryptographic import cose

FORMAT = "semper.evidence/1"
SEAL = "evidence.seal"
"""The kind under which the exporter signs the seal."""
MAX_FILE = 64 * 1024 * 1024
MAX_SECTIONS = 16_384

_BEGINNING = b"\x83" + encode(FORMAT)
_BYTE_STRING, _ARRAY = 2, 4
_WIDTHS = {24: 1, 25: 2, 26: 4, 27: 8}
_LONGEST_HEAD = 9


class Place(NamedTuple):
    """A part of a file: its name for people, and its bytes from `start` to before `end`."""

    name: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.name} (bytes {self.start} to {max(self.start, self.end - 1)})"


class Section(NamedTuple):
    """A named part of a file."""

    name: str
    data: bytes


class SealedSection(Record, frozen=True):
    """What the seal says of one section."""

    name: str
    size: int
    digest: bytes  # SHA-256


class Seal(Record, frozen=True):
    """What the exporter signs. `at` is when the deal began, by the exporter's clock (seconds since 1970)."""

    deal: bytes  # D
    side: str
    at: int
    sections: tuple[SealedSection, ...]


class OpenedFile(NamedTuple):
    """A file none of whose bytes changed since `signer` (a public Ed25519 key, not yet known to be anybody's)
    sealed it.
    """

    seal: Seal
    signer: bytes
    sections: tuple[Section, ...]
    places: tuple[Place, ...]
    sealed_at: Place


def refuse(place: Place, cause: str, evidence: bytes = b"") -> NoReturn:
    """Refuse evidence because of what stands at `place`. Raises PeerDeviated (EVIDENCE_INVALID)."""
    raise PeerDeviated("EVIDENCE_INVALID", f"cannot accept the evidence at {place}: {cause}", evidence=evidence)


def shown(text: str, most: int) -> str:
    """Return text that stood in a file as it may be shown: printable characters only, at most so many."""
    plain = "".join(each if each.isprintable() else "?" for each in text[: most + 1])
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def write_sections(
    deal: bytes, side: str, at: int, sections: Sequence[Section], sign: Callable[[bytes, str], bytes]
) -> bytes:
    """Return the file with these sections; `sign(payload, kind)` signs as the exporter's deal key."""
    sealed = tuple(SealedSection(name, len(data), sha256(data).digest()) for name, data in sections)
    signed = sign(encode(Seal(deal, side, at, sealed)), SEAL)
    return encode([FORMAT, signed, [data for _, data in sections]])


def open_sections(data: bytes) -> OpenedFile:
    """Return the sections of a file as they were sealed.

    Raises PeerDeviated (EVIDENCE_INVALID), naming place and bytes.
    """
    if len(data) > MAX_FILE:
        refuse(Place("its end", MAX_FILE, len(data)), f"the file has more than {MAX_FILE} bytes")
    if not data.startswith(_BEGINNING):
        refuse(Place("its beginning", 0, len(_BEGINNING)), f"it is not in the format {FORMAT}, or was changed")
    seal, signer, place = _open_seal(data)
    at = _framing(data, Place("the list of sections", place.end, place.end), _ARRAY, len(seal.sections))
    sections, places = [], []
    for sealed, name in zip(seal.sections, _names(seal.sections, place), strict=True):
        at = _framing(data, Place(f"the head of {name}", at, at), _BYTE_STRING, sealed.size)
        where = Place(name, at, at + sealed.size)
        found = data[where.start : where.end]
        if len(found) != sealed.size:
            refuse(where, "the file ends before it does")
        if sha256(found).digest() != sealed.digest:
            refuse(where, "it was changed after it was sealed")
        sections.append(Section(sealed.name, found))
        places.append(where)
        at = where.end
    if at != len(data):
        refuse(Place("its end", at, len(data)), "something was added after the last section")
    return OpenedFile(seal, signer, tuple(sections), tuple(places), place)


def _open_seal(data: bytes) -> tuple[Seal, bytes, Place]:
    """Return the seal, whose key signed it, and where it lies, its head included."""
    start = len(_BEGINNING)
    major, size, width = _read_head(data, start)
    end = min(len(data), start + width + size)
    place = Place("the seal", start, max(end, min(len(data), start + _LONGEST_HEAD)))
    if major != _BYTE_STRING or data[start : start + width] != _head(_BYTE_STRING, size) or size > MAX_FILE:
        refuse(place, "its head was changed")
    signed = data[start + width : end]
    try:
        signer = cose.signer_of(signed)
        seal = Seal.decode(cose.open1(signed, SEAL, signer))
    except SemperError as error:
        refuse(place, f"it does not hold ({error.message})")
    if len(seal.sections) > MAX_SECTIONS or any(not 0 <= each.size <= MAX_FILE for each in seal.sections):
        refuse(place, "it names too many sections, or too large ones")
    return seal, signer, Place(place.name, start, end)


def _framing(data: bytes, place: Place, major: int, size: int) -> int:
    """Check the head of an array or byte string that must stand at `place`; return where its content begins."""
    expected = _head(major, size)
    end = place.start + len(expected)
    if data[place.start : end] != expected:
        refuse(Place(place.name, place.start, end), "it was changed, or the file ends here")
    return end


def _names(sections: Sequence[SealedSection], seal: Place) -> list[str]:
    """Return each section's name for people: those that can come more than once are numbered."""
    counts: dict[str, int] = {}
    names = []
    for each in sections:
        if not each.name.isascii() or not each.name.isalpha() or len(each.name) > 20:
            refuse(seal, "it names a section strangely")
        counts[each.name] = counts.get(each.name, 0) + 1
        plural = each.name in ("evaluation", "exhibit")
        names.append(f"{each.name} {counts[each.name]}" if plural else f"the {each.name}")
    return names


def _head(major: int, size: int) -> bytes:
    """Return the shortest head of a CBOR item (RFC 8949 §3, §4.2.1)."""
    if size < 24:
        return bytes((major << 5 | size,))
    for information, width in _WIDTHS.items():
        if size < 1 << 8 * width:
            return bytes((major << 5 | information,)) + size.to_bytes(width, "big")
    raise ValueError(size)


def _read_head(data: bytes, at: int) -> tuple[int, int, int]:
    """Return major type, size and width of the head at `at`; nonsense gives a size of 0, which nothing matches."""
    first = data[at] if at < len(data) else 0
    major, information = first >> 5, first & 31
    if information < 24:
        return major, information, 1
    width = _WIDTHS.get(information, 0)
    return major, int.from_bytes(data[at + 1 : at + 1 + width], "big"), 1 + width
