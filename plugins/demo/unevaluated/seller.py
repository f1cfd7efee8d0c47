"""The seller's decisions: what an order costs, and whether to sell it. The flow is in terms.yaml; the host runs it."""

from semper_host.api_v1 import Accepted, Declined, Line, OfferView, Order, Quote


def quote(offer: OfferView, order: Order):
    """Price each line as listed: courseware costs the same for each copy."""
    return priced(offer, order)


def accept(offer: OfferView, order: Order, quote: Quote):
    """Sell if the order still costs what was quoted."""
    again = priced(offer, order)
    if isinstance(again, Declined):
        return again
    if again.total != quote.total:
        return Declined("the order costs " + str(again.total) + ", not " + str(quote.total))
    return Accepted()


def priced(offer, order):
    """The quote for `order` by the listed prices, within the most that the offer allows; or Declined."""
    lines = []
    total = None
    for wanted in order.lines:
        article = listed(offer, wanted.article)
        if article is None:
            return Declined("the offer has no article " + wanted.article)
        if wanted.count < 1:
            return Declined("order at least one copy of " + article.title)
        amount = article.price * wanted.count
        lines.append(Line(text=str(wanted.count) + " x " + article.title, amount=amount))
        total = amount if total is None else total + amount
    if total is None:
        return Declined("the order is empty")
    most = ceiling(offer)
    if most is not None and total > most:
        return Declined("the order costs " + str(total) + "; the most under this offer is " + str(most))
    return Quote(lines=lines, total=total)


def listed(offer, name):
    """The article called `name`, or None."""
    for article in offer.articles:
        if article.name == name:
            return article
    return None


def ceiling(offer):
    """The most that a deal may cost, which the offer fixes; or None."""
    for parameter in offer.parameters:
        if parameter.name == "price_ceiling":
            return parameter.value
    return None
