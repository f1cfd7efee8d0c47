# attack: end the running generator from within, then go on
# must: HARMLESS 1 | ended with True
def walk():
    yield 1
    try:
        yield 2
    except ValueError:
        yield 3

def describe(item):
    run = walk()
    first = [str(run.send(None))]
    try:
        run.send(None)
        run.close()
        run.send(None)
    except StopIteration as end:
        return [*first, f"ended with {end.value is None}"]
