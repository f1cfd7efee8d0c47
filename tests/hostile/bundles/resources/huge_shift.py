# attack: a shift that fills the memory
# must: BUNDLE_KILLED MemoryError
def describe(item):
    return [f"{1 << 10**12 > 0}"]
