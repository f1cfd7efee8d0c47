# attack: have the host hand the same large value back without end
# must: QUOTA_EXCEEDED more requests
from semper_host.api_v1 import Keep, Recall


def describe(item):
    yield Keep("large", bytes(60000))
    while True:
        yield Recall("large")
