# attack: values that empty the list in which they are searched, counted, removed
# must: HARMLESS 0 | False | not there | not there
class Clears:
    def __init__(self, box):
        self.box = box

    def __eq__(self, other):
        self.box.clear()
        return False

def describe(item):
    shown = []
    for what in range(4):
        box = [0] * 3
        box += [Clears(box) for _ in range(50)]
        probe = Clears(box)
        try:
            if what == 0:
                shown.append(str(box.count(probe)))
            elif what == 1:
                shown.append(str(probe in box))
            elif what == 2:
                box.remove(probe)
            else:
                shown.append(str(box.index(probe)))
        except ValueError:
            shown.append("not there")
    return shown
