# attack: a text split into more parts than the memory holds
# must: BUNDLE_KILLED MemoryError
def describe(item):
    return ["".join(("a" * 20_000_000).split("a"))]
