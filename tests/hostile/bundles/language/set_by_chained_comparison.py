# attack: a chain of comparisons hands the set that `in` looks into to one's own `__eq__`: its order shows addresses
# must: DIALECT_REFUSED set
class Catcher:
    def __init__(self):
        self.caught = None

    def __eq__(self, other):
        self.caught = other
        return True


class Thing:
    def __init__(self, number):
        self.number = number


def describe(item):
    things, catcher = [Thing(n) for n in range(8)], Catcher()
    found = things[0] in {*things} == catcher
    return [f"{each.number}" for each in catcher.caught] + [f"{found}"]
