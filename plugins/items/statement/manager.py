"""Statements as business items: signed documents (offer, order, receipt, certificate) and information (courseware,
software, video: a key to it).

An item's kind is the name that the terms give it. A trustee can make a signed document's replacement (its own signature
over both texts), and can open information escrowed with it: statements are generatable. None can be taken back once it
was seen: they are not revocable.
"""

from semper_host.api_v1 import Accepted, Declined, Item, ItemTraits, digest

WORDS = {
    "offer": "signed offer",
    "order": "signed order",
    "contract": "signed contract",
    "receipt": "signed receipt",
    "certificate": "certificate, as its issuer signed it",
    "software": "software, whole",
    "video": "video, whole",
    "information": "information, its key escrowed with the trustee until the exchange is done",
}


def families():
    """This manager's items are statements, information among them."""
    return ["statement"]


def traits(item: Item):
    """Say what a trustee can do about the item."""
    return ItemTraits(generatable=item.family == "statement", revocable=False)


def describe(item: Item):
    """Lines for people: the title, what it is, and the start of its digest to compare by."""
    lines = [item.title] if item.title else []
    lines.append(WORDS.get(item.kind, "statement (" + item.kind + ")"))
    if item.digest:
        lines.append("SHA-256 " + item.digest.hex()[:16])
    return lines


def fits(offered: Item, agreed: Item):
    """Say whether the statement offered is the one agreed: the same kind and, where one was named, the same digest."""
    if offered.family != "statement" or agreed.family != "statement":
        return Declined("this is not a statement")
    if offered.kind != agreed.kind:
        return Declined("it is of kind " + offered.kind + ", agreed was " + agreed.kind)
    if agreed.digest and offered.digest != agreed.digest:
        return Declined("its content is not the one that was agreed")
    return Accepted()


def commit(item: Item, body: bytes):
    """Return the item that stands for exactly this text or content: named by its digest."""
    return Item("statement", item.kind, digest(body), None, item.title)


def verify(agreed: Item, body: bytes):
    """Say whether the text or content that came is the one agreed."""
    return fits(commit(agreed, body), agreed)


def release(item: Item, body: bytes):
    """Return what is handed over: the text or content, as it is."""
    return body
