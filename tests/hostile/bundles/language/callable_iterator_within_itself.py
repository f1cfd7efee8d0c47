# attack: an iterator of calls that comes to its end within one of them (CPython once read freed memory there)
# must: HARMLESS ended
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
