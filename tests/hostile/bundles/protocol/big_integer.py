# attack: an integer of over 64 bits in a request
# must: BUNDLE_FAILED OverflowError
from semper_host.api_v1 import Random


def describe(item):
    yield Random(1 << 70)
