"""What a side says of credentials that it gives or wants to be shown: refused before anybody agrees if it is not what
the terms and the order say.
"""

from __future__ import annotations

from typing import NoReturn

from semper_host.commerce.agreement import MOST_SKEW, Basket
from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.brought import Brought
from semper_host.model.credentials import MOST_CLAIMS, Claim, Credential, Described, well_formed
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated

ONCE = "ticket"
"""The sort of credential that is redeemed a single time."""
VALID_FOR = "valid_for"
"""The parameter of terms that says for how many seconds a credential is good."""


def check_issued(bound: BoundTerms, brought: Brought, taker: bytes, basket: Basket, at: int) -> None:
    """Require that each credential is of the sort that the terms say, in its issuer's name, for the key `taker`, about
    this `basket`, good from `at` on for as long as the terms say; and that none but what they name is to be shown.

    Raises PeerDeviated (OFFER_INVALID), MalformedEncoding.
    """
    sorts = {str(spec.item): spec.sort or spec.item.name for spec in bound.terms.items}
    for each in brought.issued:
        said = Described.decode(each.description)
        named = (said.kind, said.issuer, said.holder)
        if named != (sorts.get(each.item), each.issuer, taker) or not well_formed(Credential(said, each.index or 0)):
            _refuse(each.item, "would be of another sort, issuer or holder than the terms and keys say", said)
        if not _about(said, basket) or said.once != (said.kind == ONCE):
            _refuse(each.item, "would say something else than what was ordered", said)
        if said.not_before > at + MOST_SKEW or said.not_after < at + _seconds(bound) - MOST_SKEW:
            _refuse(each.item, "would not be good for as long as the terms say", said)
    for wanted in brought.asked:
        if wanted.kind != sorts.get(wanted.item):
            raise PeerDeviated("OFFER_INVALID", f"cannot deal: another credential than {wanted.item[:64]} is asked for")


def _about(said: Described, basket: Basket) -> bool:
    """Whether it names what was ordered; it may say more, a seat say."""
    ordered = {Claim(line.article, str(line.count)) for line in basket.lines[:MOST_CLAIMS]}
    return ordered <= set(said.claims)


def _seconds(bound: BoundTerms) -> int:
    found = dict(bound.parameters).get(VALID_FOR)
    return found if isinstance(found, int) else 2 * MOST_SKEW


def _refuse(item: str, why: str, said: Described) -> NoReturn:
    raise PeerDeviated("OFFER_INVALID", f"cannot deal: {item[:64]} {why}", evidence=encode(said))
