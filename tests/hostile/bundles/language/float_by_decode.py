# attack: CBOR has floats
# must: BUNDLE_FAILED float is outside the profile
from semper_host.api_v1 import decode


def describe(item):
    return [str(decode(bytes.fromhex("f93e00")))]
