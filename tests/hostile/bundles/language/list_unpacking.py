# attack: [a, b] = x iterates without a guard
# must: BUNDLE_FAILED not enough values
def numbers():
    yield 1


def describe(item):
    [first, second] = numbers()
    return [f"{first}{second}"]
