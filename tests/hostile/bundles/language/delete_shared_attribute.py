# attack: deleting an attribute of a shared class
# must: BUNDLE_FAILED attributes can be set
from semper_host.api_v1 import Money


def describe(item):
    del Money.share
    return []
