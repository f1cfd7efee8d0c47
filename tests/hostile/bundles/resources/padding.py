# attack: padding methods allocate what they are told
# must: BUNDLE_KILLED MemoryError
def describe(item):
    return ["a".ljust(10**11)]
