# attack: a result nested 900 deep, which every Python's worker can encode and send
# must: BUNDLE_PROTOCOL Expected `str`, got `array`
def describe(item):
    deep = []
    for _ in range(900):
        deep = [deep]
    return deep
