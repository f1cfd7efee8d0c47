# attack: learn a hash by the order in which a dictionary holds its keys
# must: HARMLESS bdca | bdca | a
def describe(item):
    table = {text: 0 for text in ("b", "a", "d", "c")}
    table.pop("a")
    table["a"] = 1
    return ["".join(table), "".join({**table, "b": 1}), table.popitem()[0]]
