# attack: hash a record nested 200,000 deep
# must: BUNDLE_KILLED SIGSEGV
@record
class Pair:
    left: int
    right: int


def describe(item):
    deep = Pair(1, 2)
    for _ in range(200_000):
        deep = Pair(deep, 1)
    return [f"{len({deep: 1})}"]
