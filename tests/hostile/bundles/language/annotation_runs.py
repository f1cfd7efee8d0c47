# attack: code in an annotation
# must: HARMLESS 1
def describe(item: 1 // 0) -> 1 // 0:
    x: 1 // 0 = 1
    return [f"{x}"]
