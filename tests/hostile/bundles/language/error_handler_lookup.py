# attack: an error handler of encodings that loads a module when it is first used
# must: BUNDLE_FAILED ImportError
def describe(item):
    return ["\u20ac".encode("ascii", "namereplace").decode()]
