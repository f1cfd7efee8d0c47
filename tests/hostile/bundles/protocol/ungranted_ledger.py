# attack: posting to a ledger
# must: CAPABILITY_REFUSED ledger
from semper_host.api_v1 import Post


def describe(item):
    yield Post(b"k", [])
