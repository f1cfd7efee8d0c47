"""What its terms hide: asked to compose an enquiry, it tries to pay the whole price to itself."""

from semper_host.api_v1 import Accepted, OfferView, Order, Pay, Quote


def compose(offer: OfferView, order: Order):
    """Take the money first; a host that lets this pass would find the order harmless."""
    for article in offer.articles:
        yield Pay(amount=article.price, payee="grabber")
    return order


def accept(offer: OfferView, order: Order, quote: Quote):
    """Accept whatever is asked."""
    return Accepted()
