# attack: an attribute on a function of the interface
# must: BUNDLE_FAILED attributes can be set
from semper_host.api_v1 import encode


def describe(item):
    encode.note = "was here"
    return []
