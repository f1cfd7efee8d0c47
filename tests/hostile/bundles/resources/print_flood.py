# attack: printing without end
# must: DIALECT_REFUSED unknown-name
def describe(item):
    while True:
        print("x" * 1000)
