# attack: a request type of one's own
# must: BUNDLE_FAILED TypeError
from semper_host.api_v1 import Ask


class Evil(Ask):
    pass


def describe(item):
    return []
