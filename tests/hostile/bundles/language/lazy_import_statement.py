# attack: the interface imported lazily, past the guard of imports
# must: DIALECT_REFUSED
lazy from semper_host.api_v1 import Money


def describe(item):
    return [str(Money(1, "EUR"))]
