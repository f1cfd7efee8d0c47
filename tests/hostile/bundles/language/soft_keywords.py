# attack: names that newer grammars read as keywords
# must: HARMLESS 10
def describe(item):
    match, case, type, lazy = 1, 2, 3, 4
    return [str(match + case + type + lazy)]
