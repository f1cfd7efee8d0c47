# attack: keeping data without end
# must: QUOTA_EXCEEDED kept
from semper_host.api_v1 import Keep


def describe(item):
    n = 0
    while True:
        n += 1
        yield Keep(f"{n}", b"x" * 50_000)
