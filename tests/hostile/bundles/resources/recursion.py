# attack: endless recursion
# must: BUNDLE_KILLED RecursionError
def down():
    return down()


def describe(item):
    return [down()]
