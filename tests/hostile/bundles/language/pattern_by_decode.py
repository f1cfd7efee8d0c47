# attack: a CBOR regular expression (tag 35) that takes minutes to compile
# must: BUNDLE_FAILED cannot decode
from semper_host.api_v1 import decode


def describe(item):
    text = ("(?i)" + "[\x01-\U0010ffff]" * 3000).encode()
    return [str(decode(b"\xd8\x23\x7a" + len(text).to_bytes(4, "big") + text))]
