# attack: borrow the interface's methods for objects of one's own, and their private helpers with them
# must: HARMLESS 0.05 | 0.02 | not struct | no _same
from semper_host.api_v1 import Money


class Mine:
    decimal = Money.decimal
    share = Money.share
    to_map = Money.to_map
    add = Money(1, "EUR")
    currency = "EUR"
    minor = 5


def describe(item):
    mine, said = Mine(), []
    said += [mine.decimal(), mine.share(1, 2).decimal()]
    try:
        mine.to_map()
    except TypeError:
        said.append("not struct")
    try:
        said.append(Money(1, "EUR") + mine)
    except ValueError:
        said.append("no _same")
    return said
