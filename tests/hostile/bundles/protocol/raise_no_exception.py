# attack: raising what is no exception
# must: BUNDLE_FAILED TypeError
def describe(item):
    raise "text"
