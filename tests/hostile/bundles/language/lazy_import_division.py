# attack: divide numbers so large that Python loads a module of its own for it (since 3.12)
# must: HARMLESS 729508 | 648286
def describe(item):
    large, divisor = (1 << 40000) - 5, (1 << 15000) + 1
    return [str(large // divisor % 1000003), str(large % divisor % 1000003)]
