# attack: comparing lists nested very deep
# must: BUNDLE_KILLED RecursionError
def describe(item):
    a = b = []
    for _ in range(300_000):
        a, b = [a], [b]
    return [f"{a == b}"]
