# attack: the interface imported lazily, past the guard of imports
# must: DIALECT_REFUSED syntax
# from Python 3.15 must: DIALECT_REFUSED newer-syntax
# because: older Pythons cannot read it
lazy from semper_host.api_v1 import Money


def describe(item):
    return [str(Money(1, "EUR"))]
