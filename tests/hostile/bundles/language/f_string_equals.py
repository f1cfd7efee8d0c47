# attack: an f-string that shows its expression, and the repr of the value
# must: BUNDLE_FAILED no source form
def describe(item):
    return [f"{describe=}"]
