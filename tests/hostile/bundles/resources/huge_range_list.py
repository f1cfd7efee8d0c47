# attack: a list of a huge range
# must: BUNDLE_KILLED
def describe(item):
    return [f"{len(list(range(10**12)))}"]
