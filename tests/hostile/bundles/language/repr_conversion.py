# attack: the conversion of an f-string
# must: BUNDLE_FAILED has no source form
def describe(item):
    return [f"{describe!r}"]
