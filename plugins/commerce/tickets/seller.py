"""The seller's decisions: what tickets cost, how many one buyer gets. The flow is in terms.yaml; the host runs it."""

from semper_host.api_v1 import Accepted, Declined, Line, OfferView, Order, Quote

MOST = 10


def quote(offer: OfferView, order: Order):
    """Price each line as listed: a ticket costs the same for everybody."""
    return priced(offer, order)


def accept(offer: OfferView, order: Order, quote: Quote):
    """Sell if the order still costs what was quoted."""
    again = priced(offer, order)
    if isinstance(again, Declined):
        return again
    if again.total != quote.total:
        return Declined("the tickets cost " + str(again.total) + ", not " + str(quote.total))
    return Accepted()


def priced(offer, order):
    """The quote for `order` by the listed prices, within the most that the offer allows; or Declined."""
    prices = {article.name: article for article in offer.articles}
    lines = []
    for wanted in order.lines:
        if wanted.article not in prices or wanted.count < 1:
            return Declined("order at least one of the tickets that the offer lists")
        article = prices[wanted.article]
        lines.append(Line(text=str(wanted.count) + " x " + article.title, amount=article.price * wanted.count))
    if not lines:
        return Declined("the order is empty")
    if sum([wanted.count for wanted in order.lines]) > MOST:
        return Declined("one buyer gets " + str(MOST) + " tickets at most")
    total = lines[0].amount
    for line in lines[1:]:
        total = total + line.amount
    most = [parameter.value for parameter in offer.parameters if parameter.name == "price_ceiling"]
    if most and total > most[0]:
        return Declined("the tickets cost " + str(total) + "; the most under this offer is " + str(most[0]))
    return Quote(lines=lines, total=total)
