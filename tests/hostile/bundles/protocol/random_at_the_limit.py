# attack: one random byte more than the deal may have, each request within its own limit
# must: QUOTA_EXCEEDED more random bytes than one deal may use
from semper_host.api_v1 import Random

def describe(item):
    total = 0
    for _ in range(64):
        total += len((yield Random(1024)))
    if total == 65536:
        yield Random(1)
    return [str(total)]
