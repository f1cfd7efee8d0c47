# attack: a key function that fills the list being sorted
# must: HARMLESS list modified during sort
def describe(item):
    box = [3, 1, 2]

    def key(value):
        box.append(value)
        return value
    try:
        box.sort(key=key)
    except ValueError as error:
        return [str(error)]
    return ["sorted"]
