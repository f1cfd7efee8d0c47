# attack: the text of a deep list inside a trusted error
# must: BUNDLE_KILLED RecursionError
def describe(item):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    return [[].index(deep)]
