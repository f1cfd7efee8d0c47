# attack: an __eq__ that changes the list being compared
# must: HARMLESS done
shared = []


class Evil:
    def __eq__(self, other):
        shared.clear()
        return True


def describe(item):
    for _ in range(1000):
        shared.extend([Evil() for n in range(8)])
        shared.count(1)
        if shared == [Evil() for n in range(8)]:
            shared.append(1)
    return ["done"]
