# attack: a __lt__ that changes the list being sorted
# must: BUNDLE_FAILED list modified during sort
shared = []


class Evil:
    def __lt__(self, other):
        shared.append(Evil())
        return True


def describe(item):
    shared.extend([Evil(), Evil(), Evil()])
    shared.sort()
    return []
