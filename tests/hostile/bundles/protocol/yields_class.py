# attack: yielding a request's class
# must: BUNDLE_PROTOCOL no request
from semper_host.api_v1 import Ask


def describe(item):
    yield Ask
