# attack: a tuple of types nested 300,000 deep
# must: BUNDLE_KILLED RecursionError
def describe(item):
    kinds = (ValueError,)
    for _ in range(300_000):
        kinds = (kinds,)
    return [str(isinstance(5, kinds))]
