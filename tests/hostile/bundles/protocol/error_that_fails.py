# attack: an error whose own text fails
# must: BUNDLE_FAILED Evil
class Evil(ValueError):
    def __init__(self):
        self.knot = self


def describe(item):
    raise Evil()
