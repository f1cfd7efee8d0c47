# attack: freeing a structure nested very deep
# must: HARMLESS freed
def describe(item):
    deep = []
    for _ in range(300_000):
        deep = [deep]
    deep = None
    return ["freed"]
