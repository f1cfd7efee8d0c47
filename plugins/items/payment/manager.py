"""Money as a business item: what an exchange may rely on, what people read, and whether a payment is the one agreed.

An item's kind is the name that the terms give it ("price", "deposit"); money of an exchange is held. Held money is
revocable (its hold can be voided until it is captured), and generatable: the payment system pays it out on the
trustee's decision. Two kinds have names of their own: money "captured" is with the payee for good, though its payment
could have been generated; "cash" handed over is gone, and nobody can make it again.
"""

from semper_host.api_v1 import Accepted, Declined, Item, ItemTraits

WORDS = {
    "captured": "money, paid out by the payment system",
    "cash": "money, paid at once and for good",
}


def families():
    """This manager's items are money."""
    return ["money"]


def traits(item: Item):
    """Say what a trustee can do about the item."""
    money = item.family == "money"
    return ItemTraits(generatable=money and item.kind != "cash", revocable=money and item.kind not in WORDS)


def describe(item: Item):
    """Lines for people: the amount, what it is for, and where it stands."""
    lines = [] if item.amount is None else [str(item.amount)]
    if item.title:
        lines.append(item.title)
    lines.append(WORDS.get(item.kind, "money, held at the payment system until the exchange is done"))
    return lines


def fits(offered: Item, agreed: Item):
    """Say whether the money offered is what was agreed: the exact amount in the same currency, never about as much."""
    if offered.family != "money" or agreed.family != "money":
        return Declined("this is not money")
    if offered.amount is None or agreed.amount is None:
        return Declined("no amount is named")
    if offered.kind != agreed.kind:
        return Declined("it is " + offered.kind + ", agreed was " + agreed.kind)
    if offered.amount != agreed.amount:
        return Declined("the amount is " + str(offered.amount) + ", agreed was " + str(agreed.amount))
    return Accepted() if offered.amount.minor > 0 else Declined("the amount is not positive")


def commit(item: Item, body: bytes):
    """Return the item: its amount fixes it. Money has no body; the payment system moves it."""
    return Declined("money has no content to hand over") if body or item.amount is None else item


def verify(agreed: Item, body: bytes):
    """Say whether the money can be the one agreed: that it was paid, the payment system's records say."""
    found = commit(agreed, body)
    return found if isinstance(found, Declined) else fits(found, agreed)


def release(item: Item, body: bytes):
    """Return what is handed over: nothing, the payment system pays out."""
    return b""
