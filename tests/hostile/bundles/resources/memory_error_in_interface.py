# attack: have a function of the interface swallow the end of memory, and go on
# must: BUNDLE_KILLED MemoryError
from semper_host.api_v1 import unpack


def describe(item):
    hoard = []
    while unpack(b"\x5a\x03\xff\xff\xff" + b"x", "t", {}) is None:
        hoard.append(bytes(1_000_000))
    return ["outlived it"]
