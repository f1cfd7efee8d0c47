# attack: an empty format specification shows the address of an object
# must: BUNDLE_FAILED has no text
def describe(item):
    return [f"{describe:}"]
