# attack: a generator that closes and resumes itself while it runs
# must: BUNDLE_FAILED ValueError: generator already executing
box = []

def walk():
    yield 1
    box[0].close()
    yield 2

def describe(item):
    box.append(walk())
    return [str(each) for each in box[0]]
