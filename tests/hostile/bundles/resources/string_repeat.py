# attack: repeating a string until memory ends
# must: BUNDLE_KILLED MemoryError
def describe(item):
    return ["a" * 10**11]
