# attack: `in` iterates a generator without a guard
# must: HARMLESS True, 3
def numbers():
    for number in [1, 2, 3, 4]:
        yield number


def describe(item):
    left = numbers()
    return [f"{2 in left}, {next(left)}"]
