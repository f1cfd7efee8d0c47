"""What evidence files of several parties have in common: roles, exporter, exhibits, and where a fault lies. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from semper_host.commerce.evidence_format import OpenedFile, Place, refuse
from semper_host.commerce.seats import Members
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.supporting.archive.evidence import Exhibit
from semper_host.supporting.cryptographic.cose import Certified

PARTY = "party {}"
"""Under which role the evidence has what a party sent; who invites is party 0."""
CheckCertified = Callable[[Certified, int], None]
"""Refuses somebody certified whose certificate was revoked by then (`Negative.check_certified`)."""


def exporter_of(opened: OpenedFile, joinings: int) -> int:
    """Return which party made the file, of one that invited and so many others. Raises EVIDENCE_INVALID."""
    word, _, number = opened.seal.side.partition(" ")
    if word != "party" or not number.isascii() or not number.isdigit() or int(number) > joinings:
        refuse(opened.sealed_at, "it names no party as its exporter")
    return int(number)


def read_exhibits(sections: Iterable[tuple[bytes, Place]]) -> tuple[Exhibit, ...]:
    """Return the exhibits in sections that lie in these places. Raises EVIDENCE_INVALID."""
    found = []
    for data, place in sections:
        with about(place):
            found.append(Exhibit.decode(data))
    return tuple(found)


def check_members(members: Members, check: CheckCertified, at: int) -> None:
    """Have `check` look at the certificates of all who joined, as of `at`."""
    for member in members[1:]:
        if member.certified is not None:
            check(member.certified, at)


@contextmanager
def about(place: Place) -> Iterator[None]:
    """Say of every refusal within that it is about `place`."""
    try:
        yield
    except AdmissionRefused as error:
        raise AdmissionRefused(error.code, f"cannot accept the evidence at {place}: {error.message}") from error
    except SemperError as error:
        refuse(place, error.message, error.evidence)
