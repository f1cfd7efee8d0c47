# attack: a CBOR set (tag 258) would be iterated in an order of its own
# must: BUNDLE_FAILED cannot decode
from semper_host.api_v1 import decode


def describe(item):
    return [str(each) for each in decode(bytes.fromhex("d9010283010203"))]
