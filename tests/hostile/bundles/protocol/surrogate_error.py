# attack: a lone surrogate in an error's text
# must: BUNDLE_FAILED ValueError
def describe(item):
    raise ValueError("\ud800 \udfff")
