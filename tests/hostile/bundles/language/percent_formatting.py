# attack: the percent operator shows the default repr
# must: BUNDLE_FAILED `%` is for whole numbers
def describe(item):
    return ["%r" % describe]
