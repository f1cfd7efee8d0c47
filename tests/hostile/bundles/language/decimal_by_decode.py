# attack: a CBOR decimal fraction (tag 4) would be a number that is none of the dialect's
# must: BUNDLE_FAILED cannot decode
from semper_host.api_v1 import decode


def describe(item):
    return [str(decode(bytes.fromhex("c48221196ab3")))]
