# attack: the text of a list nested very deep
# must: BUNDLE_FAILED has no source form
def describe(item):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    return [f"{deep!r}"]
