# attack: a result nested so deep that its encoding just fits a frame, for the host to decode
# must: BUNDLE_KILLED or BUNDLE_PROTOCOL
def describe(item):
    deep = []
    for _ in range(60_000):
        deep = [deep]
    return deep
