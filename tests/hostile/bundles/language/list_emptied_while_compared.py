# attack: empty a list or a dictionary while it is compared, counted or searched
# must: HARMLESS False 0 False not there not there
class Emptier:
    def __eq__(self, other):
        for each in held:
            each.clear()
        return False


held = []


def filled():
    held.clear()
    held.append([Emptier() for _ in range(100)])
    return held[0]


def describe(item):
    found = [f"{filled() == [5] * 100}", f"{filled().count(5)}"]
    held[:] = [{number: Emptier() for number in range(100)}]
    found.append(f"{held[0] == {number: 5 for number in range(100)}}")
    for search in (lambda: filled().index(5), lambda: filled().remove(5)):
        try:
            search()
        except ValueError:
            found.append("not there")
    return [" ".join(found)]
