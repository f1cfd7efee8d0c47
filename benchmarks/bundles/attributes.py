"""A commerce service that does little but read attributes: `compose` adds up an order's lines against the offer's."""

from semper_host.api_v1 import OfferView, Order, OrderLine


def compose(offer: OfferView, wishes: Order):
    """Return an order whose note is the sum of all prices, `wishes.lines[0].count` times over."""
    total = 0
    for _ in range(wishes.lines[0].count):
        for article in offer.articles:
            if article.price.currency == "EUR" and article.name != wishes.note:
                total += article.price.minor + len(article.title)
    return Order([OrderLine(wishes.lines[0].article, 1)], str(total))
