"""What issuers' status lists add to a dispute: a credential's status as of the deal's time, and broken promises. Pure.

A list is its issuer's signed word on all credentials of one name. Of what was sold in an exchange nobody can revoke
what was made final, the issuer included: a list that marks it all the same convicts its issuer. A credential that was
only shown counts as its list had it when the deal began; what came to light later changes no verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from semper_host.commerce.dispute_findings import NOBODY, Verdict, undecidable
from semper_host.commerce.evidence_proved import Issued, ItemProved, Verified
from semper_host.model.credentials import STATUS_LIST, StatusList
from semper_host.model.errors import SemperError, UsageError
from semper_host.supporting.cryptographic import cose


def read_lists(lists: Sequence[bytes]) -> tuple[StatusList, ...]:
    """Return signed status lists, each by the issuer that it names. Raises UsageError (USAGE_INVALID)."""
    found = []
    for data in lists:
        try:
            signer = cose.signer_of(data)
            said = StatusList.decode(cose.open1(data, STATUS_LIST, signer))
        except SemperError as error:
            raise UsageError("USAGE_INVALID", f"cannot use the status list: {error.message}") from None
        if said.issuer != signer:
            raise UsageError("USAGE_INVALID", "cannot use the status list: another than its issuer signed it")
        found.append(said)
    return tuple(found)


def broken_promises(files: Sequence[Verified], lists: Sequence[StatusList]) -> Iterator[Verdict]:
    """Yield the issuers that signed that nobody can revoke a credential, and revoked it."""
    for item in _items(files, "access"):
        if item.ended == "final" and item.issued is not None and any(_marks(each, item.issued) for each in lists):
            why = (
                f"the issuer signed that nobody can revoke the credential {item.kind}, and its list says it is revoked"
            )
            yield Verdict(True, "issuer", why)


def as_shown(files: Sequence[Verified], item: ItemProved, lists: Sequence[StatusList]) -> Verdict:
    """Return what the lists of then say of a credential that was only shown. Its holder may not have known."""
    at, issued = files[0].at, item.issued
    known = [each for each in lists if issued is not None and _is_of(each, issued) and each.at <= at]
    if issued is None or not known:
        return undecidable("no status list of the time when the deal began is here")
    if any(_marks(each, issued) for each in known):
        return undecidable(
            f"the credential {item.kind} had been revoked when it was shown; its holder may not have known"
        )
    if not any(each.until > at for each in known):
        return undecidable("the status lists that are here had run out when the deal began")
    return Verdict(True, NOBODY, f"the credential {item.kind} stood when it was shown, by its issuer's list of then")


def _items(files: Sequence[Verified], form: str) -> Iterator[ItemProved]:
    return (item for file in files for step in file.steps for item in step.items if item.form == form)


def _is_of(said: StatusList, issued: Issued) -> bool:
    return (said.issuer, said.name) == (issued.issuer, issued.listed)


def _marks(said: StatusList, issued: Issued) -> bool:
    """Whether the list says that the credential is revoked, and knows it."""
    return _is_of(said, issued) and 0 <= issued.place < said.count and said.revoked(issued.place)
