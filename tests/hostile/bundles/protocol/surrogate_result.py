# attack: a lone surrogate in the result
# must: BUNDLE_FAILED UnicodeEncodeError
def describe(item):
    return ["\ud800"]
