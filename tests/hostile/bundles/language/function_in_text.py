# attack: the address of a function, of a method and of an iterator, in text
# must: HARMLESS none | none | none | none | none
def describe(item):
    shown = []
    for each in (describe, [].append, iter([]), dict, item):
        try:
            shown.append(f"{each}")
        except TypeError:
            shown.append("none")
    return shown
