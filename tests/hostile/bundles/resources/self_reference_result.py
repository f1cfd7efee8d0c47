# attack: a result that holds itself
# must: BUNDLE_KILLED RecursionError
def describe(item):
    knot = []
    knot.append(knot)
    return knot
