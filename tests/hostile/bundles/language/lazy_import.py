# attack: a codec that Python would import at first use
# must: BUNDLE_FAILED LookupError
def describe(item):
    return ["abc".encode("rot13")]
