# attack: eval, exec and compile
# must: DIALECT_REFUSED unknown-name
def describe(item):
    exec("x = 1")
    return [eval("1"), compile("1", "", "eval")]
