# attack: 200,000 iterators inside one another overflow the interpreter's stack
# must: BUNDLE_KILLED SIGSEGV
def describe(item):
    inner = iter([1])
    for _ in range(200_000):
        inner = map(abs, inner)
    return [str(next(inner))]
