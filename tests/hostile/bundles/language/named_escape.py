# attack: an escape by name, for which the compiler looks up a module of its own
# must: HARMLESS a1
def describe(item):
    return ["\N{LATIN SMALL LETTER A}" + "\N{DIGIT ONE}"]
