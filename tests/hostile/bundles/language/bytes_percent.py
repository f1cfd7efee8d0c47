# attack: the percent operator of bytes
# must: BUNDLE_FAILED `%` is for whole numbers
def describe(item):
    return [(b"%a" % describe).decode()]
