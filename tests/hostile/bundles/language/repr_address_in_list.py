# attack: a container's text shows its parts' addresses
# must: BUNDLE_FAILED has no text
def describe(item):
    return [str([describe])]
