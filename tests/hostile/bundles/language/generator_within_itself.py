# attack: a generator that asks itself for its next value
# must: HARMLESS generator already executing
held = []


def turning():
    try:
        yield next(held[0])
    except ValueError as error:
        yield str(error)


def describe(item):
    held.append(turning())
    return [next(held[0])]
