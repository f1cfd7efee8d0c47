# attack: empty a list from the key function of its own sort
# must: HARMLESS sorted
def describe(item):
    numbers = [3, 1, 2] * 100

    def key(number):
        numbers.clear()
        return number

    try:
        numbers.sort(key=key)
    except ValueError as error:
        return [str(error)]
    return ["sorted"]
