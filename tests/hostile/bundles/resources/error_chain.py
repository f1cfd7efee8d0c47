# attack: 300,000 errors, each the cause of the next, are freed by recursion
# must: BUNDLE_KILLED
def describe(item):
    last = ValueError("first")
    for number in range(300_000):
        try:
            raise ValueError(str(number)) from last
        except ValueError as error:
            last = error
    raise last
