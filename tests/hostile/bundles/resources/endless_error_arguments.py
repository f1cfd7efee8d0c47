# attack: an error whose arguments are a generator without end, which runs while the worker reads them
# must: BUNDLE_KILLED
def endless():
    text = "x"
    while True:
        text += "x" * 1_000_000
        yield text


class Loud(ValueError):
    args = endless()


def describe(item):
    raise Loud()
