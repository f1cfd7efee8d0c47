# attack: a list of a huge range
# must: BUNDLE_KILLED MemoryError
def describe(item):
    return [f"{len(list(range(10**12)))}"]
