# attack: ask zip, map, enumerate and filter for their next element while they fetch one
# must: HARMLESS generator already executing | and 5 times over
def describe(item):
    refused = []

    def source():
        for number in range(3):
            try:
                refused.append(next(around[0]))
            except ValueError as error:
                refused.append(str(error))
            yield number

    for make in (zip, enumerate, lambda each: map(hex, each), lambda each: filter(None, each)):
        around = [make(source())]
        next(around[0])
    return [refused[0], f"and {refused.count(refused[0])} times over"]
