# attack: an iterator of calls that comes to its end within one of them (CPython once read freed memory there)
# must: BUNDLE_FAILED SystemError
# from Python 3.11.3 must: HARMLESS ended
# because: until then an iterator that ended within its own call was taken for a fault (CPython issue 101892)
def describe(item):
    state = []

    def call():
        if state:
            return 1
        state.append(True)
        return [*calls]

    calls = iter(call, 1)
    for each in calls:
        return [f"went on with {len(each)}"]
    return ["ended"]
