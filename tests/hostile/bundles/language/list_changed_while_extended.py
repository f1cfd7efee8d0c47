# attack: containers that a generator empties while they take its values
# must: HARMLESS 1 | 300 | 200 | 200
def clearing(box, n):
    for each in range(n):
        box.clear()
        yield each

def describe(item):
    a, b, c, d = [1, 2], [1, 2, 3], bytearray(b"abc"), bytearray(b"abc")
    a.extend(clearing(a, 300))
    b[0:2] = clearing(b, 300)
    c.extend(clearing(c, 200))
    d[0:2] = bytes(clearing(d, 200))
    return [str(len(a)), str(len(b)), str(len(c)), str(len(d))]
