# attack: a guard bound by an assignment in a comprehension
# must: DIALECT_REFUSED _text_
def describe(item):
    [(_text_ := len) for each in [1]]
    return [f"{item}"]
