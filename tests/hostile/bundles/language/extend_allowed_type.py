# attack: extending int, which is no class of the bundle
# must: BUNDLE_FAILED a class extends
class Mine(int):
    pass


def describe(item):
    return [f"{Mine(1)}"]
