# attack: CBOR's shared references (tags 28 and 29) make a list that contains itself
# must: BUNDLE_FAILED cannot decode
from semper_host.api_v1 import decode


def describe(item):
    return [str(len(decode(bytes.fromhex("d81c81d81d00"))))]
