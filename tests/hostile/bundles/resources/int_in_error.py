# attack: an error with a whole number that is too long to be written
# must: BUNDLE_KILLED SIGSYS
def describe(item):
    raise ValueError(1 << 100_000)
