# attack: a dictionary's views combine into a set
# must: BUNDLE_FAILED TypeError
def describe(item):
    return list({"a": 1}.keys() | {"b": 1}.keys())
