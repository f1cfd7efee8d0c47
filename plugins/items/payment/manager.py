"""Money as a business item: what an exchange may rely on, what people read, and whether a payment is the one agreed.

Held money is revocable (its hold can be voided until it is captured), and generatable: the payment system pays it
out on the trustee's decision. Cash handed over is neither: it is gone, and nobody can make it again.
"""

from semper_host.api_v1 import Accepted, Declined, Item, ItemTraits

HELD = ["price", "held", "captured"]


def families():
    """This manager's items are money."""
    return ["money"]


def traits(item: Item):
    """Say what a trustee can do about the item; money of an unknown kind promises nothing."""
    held = item.family == "money" and item.kind in HELD
    return ItemTraits(generatable=held, revocable=held and item.kind != "captured")


def describe(item: Item):
    """Lines for people: the amount, and what it is for."""
    lines = [] if item.amount is None else [str(item.amount)]
    if item.title:
        lines.append(item.title)
    lines.append(WORDS[item.kind] if item.kind in WORDS else "money (" + item.kind + ")")
    return lines


def fits(offered: Item, agreed: Item):
    """Say whether the money offered is what was agreed: the exact amount in the same currency, never about as much."""
    if offered.family != "money" or agreed.family != "money":
        return Declined("this is not money")
    if offered.amount is None or agreed.amount is None:
        return Declined("no amount is named")
    if offered.amount.currency != agreed.amount.currency:
        return Declined("the currency is " + offered.amount.currency + ", agreed was " + agreed.amount.currency)
    if offered.amount.minor != agreed.amount.minor:
        return Declined("the amount is " + str(offered.amount) + ", agreed was " + str(agreed.amount))
    return Accepted() if offered.amount.minor > 0 else Declined("the amount is not positive")


WORDS = {
    "price": "money, held at the payment system until the exchange is done",
    "held": "money, held at the payment system until the exchange is done",
    "captured": "money, paid out by the payment system",
    "cash": "money, paid at once",
}
