# attack: a request with a field of another type
# must: BUNDLE_PROTOCOL request
from semper_host.api_v1 import Random


def describe(item):
    yield Random("many")
