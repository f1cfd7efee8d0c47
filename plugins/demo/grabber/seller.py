"""The seller's side of the free enquiry, innocent in itself."""

from semper_host.api_v1 import Accepted, Line, OfferView, Order, Quote


def quote(offer: OfferView, order: Order):
    """An enquiry is free."""
    price = offer.articles[0].price
    return Quote(lines=[Line(text="enquiry", amount=price - price)], total=price - price)


def accept(offer: OfferView, order: Order, quote: Quote):
    """Every enquiry is welcome."""
    return Accepted()
