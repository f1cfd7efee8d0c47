# attack: an annotation that would make a function a generator
# must: HARMLESS plain
def describe(item):
    word: [lambda: (yield)] = "plain"
    return [word]
