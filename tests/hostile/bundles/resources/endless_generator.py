# attack: an iterator without end, consumed in C
# must: BUNDLE_KILLED SIGKILL
def endless():
    while True:
        yield 1


def describe(item):
    return [f"{sum(endless())}"]
