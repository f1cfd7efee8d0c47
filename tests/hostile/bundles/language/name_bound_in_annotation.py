# attack: a name that only an annotation binds, where no reader looks
# must: DIALECT_REFUSED hidden
def describe(item: (hidden := len)):
    other: (hidden := 5) = 1
    return [str(hidden), str(other)]
