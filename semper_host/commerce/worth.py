"""Whether what was handed over in two transfers is what was agreed on: keys that open the goods, a credential as it was
described. Pure; the parties ask it before they give, a stranger afterwards.
"""

from __future__ import annotations

from semper_host.commerce.brought import Issued, completed
from semper_host.commerce.planning import BUYER, SELLER, Agreed
from semper_host.commerce.terms_model import Section
from semper_host.exchange.goods import Goods
from semper_host.exchange.primitives import KEY_SIZE, digest
from semper_host.model.credentials import CREDENTIAL, Credential, well_formed
from semper_host.model.encoding import MalformedEncoding, decode, encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic import cose

Promise = Goods | Issued
"""What fixes an item whose bytes nobody can know before: the goods that its keys open; what a credential will say."""


def fault(promise: Promise | None, body: bytes) -> str:
    """Say why `body` is not what was promised, or ""; nothing is wrong where nothing was."""
    if isinstance(promise, Goods):
        return "" if _keys_fit(promise, body) else "the keys do not open the goods"
    return "" if promise is None else _credential(promise, body)


def promised_in(agreed: Agreed) -> dict[tuple[str, str], Promise]:
    """Return what each side promised, by side and item: of information the seller gives what the basket buys, either
    what it names; credentials are made out to their takers.
    """
    found: dict[tuple[str, str], Promise] = {
        (SELLER, str(spec.item)): agreed.goods for spec in agreed.bound.terms.items if spec.item.family is Section.INFO
    }
    both = ((BUYER, agreed.hello.brought, agreed.agreement), (SELLER, agreed.agreement.brought, agreed.hello))
    for side, brought, taker in both:
        if brought is not None:
            found |= {(side, each.item): each.goods for each in brought.contents}
            found |= {(side, each.item): each for each in completed(brought, taker.party.signing).issued}
    return found


def _keys_fit(goods: Goods, body: bytes) -> bool:
    try:
        keys = decode(body)
    except MalformedEncoding:
        return False
    if not isinstance(keys, list) or not all(isinstance(key, bytes) and len(key) == KEY_SIZE for key in keys):
        return False  # a hash that was promised can be that of something that is no key
    return [digest(key) for key in keys] == [part.key_hash for part in goods.parts]


def _credential(issued: Issued, body: bytes) -> str:
    try:
        found = Credential.decode(cose.open1(body, CREDENTIAL, issued.issuer))
    except (PeerDeviated, MalformedEncoding):
        return "it is no credential of its issuer"
    agreed = encode(found.described) == issued.description and well_formed(found)
    return "" if agreed else "the credential says something else"
