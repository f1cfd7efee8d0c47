# attack: a record whose own constructor would run where the host decodes
# must: BUNDLE_FAILED cannot define __init__
@record
class Loaded:
    x: int

    def __init__(self, x):
        self.x = 5


def describe(item):
    return [str(Loaded(3).x)]
