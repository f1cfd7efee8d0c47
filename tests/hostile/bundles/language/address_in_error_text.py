# attack: the text of a trusted error holds the repr, and so the address, of an object
# must: HARMLESS 0x?
from semper_host.api_v1 import Money


def describe(item):
    try:
        Money(1, describe)
    except ValueError as error:
        return [str(error)]
