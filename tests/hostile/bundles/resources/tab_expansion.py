# attack: a tab that is wider than the memory
# must: BUNDLE_KILLED MemoryError
def describe(item):
    return [("\t" * 100).expandtabs(1_000_000_000)]
