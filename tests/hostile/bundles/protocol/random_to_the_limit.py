# attack: precisely the random bytes that the deal may have, to see that the limit itself is not beyond it
# must: HARMLESS 65536
from semper_host.api_v1 import Random

def describe(item):
    total = 0
    for _ in range(64):
        total += len((yield Random(1024)))
    return [str(total)]
