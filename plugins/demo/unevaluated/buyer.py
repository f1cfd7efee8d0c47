"""The buyer's decisions: what to order, and whether a quote is what the offer promised. The person decides last."""

from semper_host.api_v1 import Accepted, Declined, OfferView, Order, OrderLine, Quote


def compose(offer: OfferView, order: Order):
    """Complete the person's wishes: a single article chooses itself, wishes for the same one are added up."""
    wishes = order.lines
    if len(wishes) == 0:
        if len(offer.articles) != 1:
            return Declined("choose what to order: the offer has " + str(len(offer.articles)) + " articles")
        wishes = [OrderLine(article=offer.articles[0].name, count=1)]
    lines = []
    for article in offer.articles:
        count = 0
        for wish in wishes:
            if wish.article == article.name:
                count = count + wish.count
        if count > 0:
            lines.append(OrderLine(article=article.name, count=count))
    for wish in wishes:
        if listed(offer, wish.article) is None:
            return Declined("the offer has no article " + wish.article)
    if len(lines) == 0:
        return Declined("nothing was ordered")
    return Order(lines=lines, note=order.note)


def accept(offer: OfferView, order: Order, quote: Quote):
    """Accept a quote that asks the listed prices and no more."""
    total = None
    for line in order.lines:
        article = listed(offer, line.article)
        if article is None:
            return Declined("the offer has no article " + line.article)
        amount = article.price * line.count
        total = amount if total is None else total + amount
    if total is None or quote.total.currency != total.currency:
        return Declined("the quote is not for this order")
    if quote.total > total:
        return Declined("the quote asks " + str(quote.total) + ", the listed prices come to " + str(total))
    return Accepted()


def listed(offer, name):
    """The article called `name`, or None."""
    for article in offer.articles:
        if article.name == name:
            return article
    return None
