# attack: comparing two dictionaries empties them
# must: HARMLESS different
class Thief:
    def __init__(self, prey):
        self.prey = prey

    def __eq__(self, other):
        self.prey.clear()
        return True


def describe(item):
    first = {}
    second = {}
    for place in range(100):
        first[place] = Thief(second)
        second[place] = Thief(first)
    return ["equal" if first == second else "different"]
