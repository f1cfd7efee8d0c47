# attack: a result nested very deep
# must: BUNDLE_KILLED RecursionError
def describe(item):
    deep = []
    for _ in range(300_000):
        deep = [deep]
    return deep
