"""The buyer's decisions: which tickets to order, and whether a quote is what the offer promised. The person decides."""

from semper_host.api_v1 import Accepted, Declined, OfferView, Order, OrderLine, Quote


def compose(offer: OfferView, order: Order):
    """Complete the person's wishes: a single article chooses itself, wishes for the same one are added up."""
    wishes = order.lines
    if len(wishes) == 0 and len(offer.articles) == 1:
        wishes = [OrderLine(article=offer.articles[0].name, count=1)]
    if len(wishes) == 0:
        return Declined("choose what to order: the offer has " + str(len(offer.articles)) + " kinds of tickets")
    names = [article.name for article in offer.articles]
    unknown = [wish.article for wish in wishes if wish.article not in names]
    if unknown:
        return Declined("the offer has no tickets called " + unknown[0])
    counts = [(name, sum([wish.count for wish in wishes if wish.article == name])) for name in names]
    return Order(lines=[OrderLine(article=name, count=count) for name, count in counts if count > 0], note=order.note)


def accept(offer: OfferView, order: Order, quote: Quote):
    """Accept a quote that asks the listed prices and no more."""
    listed = None
    for line in order.lines:
        for article in offer.articles:
            if article.name == line.article:
                amount = article.price * line.count
                listed = amount if listed is None else listed + amount
    if listed is None or quote.total.currency != listed.currency:
        return Declined("the quote is not for this order")
    if quote.total > listed:
        return Declined("the quote asks " + str(quote.total) + ", the listed prices come to " + str(listed))
    return Accepted()
