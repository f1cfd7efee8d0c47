# attack: names that normalise to names with underscores, and to others
# must: DIALECT_REFUSED look-alike-name
def describe(item):
    a﹍﹍b = 1
    return [item.ﬁeld]
