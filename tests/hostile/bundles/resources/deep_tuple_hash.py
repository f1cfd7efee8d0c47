# attack: hashing a tuple nested 400,000 deep crashes the interpreter
# must: BUNDLE_KILLED SIGSEGV
def describe(item):
    deep = ()
    for _ in range(400_000):
        deep = (deep,)
    return [{deep: 1}]
