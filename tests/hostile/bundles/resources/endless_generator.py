# attack: an iterator without end, consumed in C
# must: BUNDLE_KILLED
def endless():
    while True:
        yield 1


def describe(item):
    return [f"{sum(endless())}"]
