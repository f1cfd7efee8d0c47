# attack: a result nested so deep that its encoding just fits a frame, for the host to decode
# must: BUNDLE_KILLED RecursionError
# from Python 3.14 must: BUNDLE_PROTOCOL nests deeper than 16
# because: it bounds recursion by the stack's bytes, so the worker gets as far as sending it
def describe(item):
    deep = []
    for _ in range(20_000):
        deep = [deep]
    return deep
