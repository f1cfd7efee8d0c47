# attack: the arguments of an error that a trusted frame raised
# must: DIALECT_REFUSED attribute
from semper_host.api_v1 import Money


def describe(item):
    try:
        Money(1, describe)
    except ValueError as error:
        return [error.args[0]]
