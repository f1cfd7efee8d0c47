# attack: the default repr shows an address
# must: BUNDLE_FAILED has no text
def describe(item):
    return [f"{describe}"]
