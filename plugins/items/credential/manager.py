"""Credentials as business items: access rights, tickets, memberships, receipts.

An item's kind is the name that the terms give it, and its digest that of the description: what the credential will say.
A credential with a place in a status list can be revoked until its issuer makes it final, and its issuer escrows it,
so a trustee can hand it out: both ways of being fair are there. A "receipt" is a signed statement and is not revoked.
An "anonymous" token is a bearer's: nobody can say which one to revoke, so it promises escrow alone.
"""

from semper_host.api_v1 import Accepted, Declined, Described, Item, ItemTraits, digest, encode, opened

WORDS = {
    "ticket": "ticket, can be redeemed once",
    "membership": "membership, bound to your key",
    "access": "right of access, bound to your key",
    "receipt": "signed receipt",
    "anonymous": "anonymous tokens, each can be redeemed once",
}
FINAL = ["receipt", "anonymous"]


def families():
    """This manager's items are credentials."""
    return ["credential"]


def traits(item: Item):
    """Say what a trustee can do about the item."""
    mine = item.family == "credential"
    return ItemTraits(generatable=mine, revocable=mine and item.kind not in FINAL)


def describe(item: Item):
    """Lines for people: the title, what it is, and the start of its digest to compare by."""
    lines = [item.title] if item.title else []
    lines.append(WORDS.get(item.kind, "credential (" + item.kind + ")"))
    if item.digest:
        lines.append("SHA-256 " + item.digest.hex()[:16])
    return lines


def fits(offered: Item, agreed: Item):
    """Say whether the credential offered is the one agreed: the same kind and, where one was named, the same digest."""
    if offered.family != "credential" or agreed.family != "credential":
        return Declined("this is not a credential")
    if offered.kind != agreed.kind:
        return Declined("it is of kind " + offered.kind + ", agreed was " + agreed.kind)
    if agreed.digest and offered.digest != agreed.digest:
        return Declined("it says something else than what was agreed")
    return Accepted()


def commit(item: Item, body: bytes):
    """Return the item that stands for the description in `body`, or why it is none."""
    described = opened(Described, body)
    if described is None or encode(described) != body:
        return Declined("the description cannot be read")
    if described.kind != item.kind:
        return Declined("the description is of kind " + described.kind + ", not " + item.kind)
    return Item("credential", item.kind, digest(body), None, described.title)


def verify(agreed: Item, body: bytes):
    """Say whether the description in `body` is the one that was agreed."""
    found = commit(agreed, body)
    return found if isinstance(found, Declined) else fits(found, agreed)


def release(item: Item, body: bytes):
    """Return what is handed over for the item: the signed credential, as it is."""
    return body
