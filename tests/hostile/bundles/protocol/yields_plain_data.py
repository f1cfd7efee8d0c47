# attack: yielding what is no request
# must: BUNDLE_PROTOCOL no request
def describe(item):
    yield {"type": "Ask"}
