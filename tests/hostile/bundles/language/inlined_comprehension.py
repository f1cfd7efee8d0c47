# attack: the variable of a comprehension, which newer Pythons run in the frame around it, after an error
# must: HARMLESS kept kept
def describe(item):
    word = "kept"
    try:
        [1 // word for word in [1, 0]]
    except ZeroDivisionError:
        first = word
    [[word for word in range(2)] for word in range(2)]
    return [first + " " + word]
