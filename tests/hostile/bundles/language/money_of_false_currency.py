# attack: money in a currency that is an object of the bundle's own
# must: BUNDLE_FAILED TypeError: 
from semper_host.api_v1 import Money

class Euro:
    def __eq__(self, other):
        return True

def describe(item):
    return [str(Money(1, Euro()))]
