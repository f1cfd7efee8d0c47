# attack: a tuple of types nested 100,000 deep
# must: BUNDLE_KILLED
def describe(item):
    kinds = (ValueError,)
    for _ in range(100_000):
        kinds = (kinds,)
    return [str(isinstance(5, kinds))]
