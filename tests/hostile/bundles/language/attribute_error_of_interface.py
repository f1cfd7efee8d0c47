# attack: read from an error which object of the interface lacks an attribute
# must: HARMLESS nothing | 'Money' object has no attribute 'nothing'
from semper_host.api_v1 import Money

def describe(item):
    try:
        return [Money(1, "EUR").nothing]
    except AttributeError as error:
        return [error.name, str(error)]
