"""A commerce service's buyer side of exactly 100 lines, such as a merchant would write: rebates, limits, a note."""

from semper_host.api_v1 import Accepted, Declined, OfferView, Order, OrderLine, Quote

MOST_LINES = 20
MOST_OF_EACH = 99
MOST_NOTE = 200


def compose(offer: OfferView, wishes: Order):
    """Complete the buyer's wishes into an order: known articles, each once, in the offer's order."""
    prices = prices_of(offer)
    wanted = {}
    for line in wishes.lines:
        if line.article not in prices:
            return Declined("the offer has no article " + line.article)
        wanted[line.article] = wanted.get(line.article, 0) + line.count
    if not wanted:
        wanted = default_order(offer)
    problem = problem_with(wanted)
    if problem:
        return Declined(problem)
    lines = [OrderLine(article.name, wanted[article.name]) for article in offer.articles if article.name in wanted]
    return Order(lines, note_of(wishes.note))


def accept(offer: OfferView, order: Order, quote: Quote):
    """Accept what adds up and does not cost more than the list prices."""
    prices = prices_of(offer)
    listed = 0
    for line in order.lines:
        listed += prices[line.article] * line.count
    asked = 0
    for line in quote.lines:
        asked += line.amount.minor
    if asked != quote.total.minor:
        return Declined("the quote does not add up")
    if asked > listed:
        return Declined("the quote is above the list prices")
    if quote.total.currency != currency_of(offer):
        return Declined("the quote is in another currency")
    ceiling = ceiling_of(offer)
    if ceiling is not None and asked > ceiling:
        return Declined("the quote is above the ceiling of these terms")
    return Accepted()


def prices_of(offer):
    """Return the list price of each article, in minor units."""
    return {article.name: article.price.minor for article in offer.articles}


def currency_of(offer):
    """Return the currency of the offer."""
    return offer.articles[0].price.currency


def ceiling_of(offer):
    """Return the most that the terms allow, in minor units, or None."""
    for parameter in offer.parameters:
        if parameter.name == "price_ceiling":
            return parameter.value.minor
    return None


def default_order(offer):
    """Return one of the cheapest article: what somebody who only looks around would take."""
    cheapest = offer.articles[0]
    for article in offer.articles:
        if article.price.minor < cheapest.price.minor:
            cheapest = article
    return {cheapest.name: 1}


def problem_with(wanted):
    """Return why an order is refused, or nothing."""
    if len(wanted) > MOST_LINES:
        return "an order has at most " + str(MOST_LINES) + " lines"
    for name, count in wanted.items():
        if count < 1:
            return "an order asks for at least one of " + name
        if count > MOST_OF_EACH:
            return "an order asks for at most " + str(MOST_OF_EACH) + " of " + name
    return ""


def note_of(text):
    """Return the buyer's note, shortened and on one line."""
    line = " ".join(text.split())
    if len(line) > MOST_NOTE:
        line = line[: MOST_NOTE - 3] + "..."
    return line


def describe(order):
    """Return the order in words."""
    words = [str(line.count) + " of " + line.article for line in order.lines]
    if order.note:
        words.append("note: " + order.note)
    return ", ".join(words)
