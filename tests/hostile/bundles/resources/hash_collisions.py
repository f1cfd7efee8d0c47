# attack: numbers that all have the same hash
# must: BUNDLE_KILLED SIGKILL
def describe(item):
    step = (1 << 61) - 1
    seen = {}
    for n in range(1_000_000):
        seen[n * step] = n
    return [f"{len(seen)}"]
