# attack: a negative count of random bytes
# must: QUOTA_EXCEEDED random
from semper_host.api_v1 import Random


def describe(item):
    yield Random(-1)
