# attack: writing to a class that the host shares with all bundles
# must: BUNDLE_FAILED attributes can be set
from semper_host.api_v1 import Money


def describe(item):
    Money.decimal = describe
    return []
