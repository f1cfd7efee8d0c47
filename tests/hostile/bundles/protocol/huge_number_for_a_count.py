# attack: a number of more than 64 bits in a request
# must: BUNDLE_FAILED OverflowError
from semper_host.api_v1 import Random

def describe(item):
    got = yield Random(1 << 70)
    return [str(len(got))]
