# attack: asking for money that nobody granted
# must: CAPABILITY_REFUSED nobody you trust has evaluated it
from semper_host.api_v1 import Money, Pay


def describe(item):
    yield Pay(Money(10**9, "EUR"), "mallory")
