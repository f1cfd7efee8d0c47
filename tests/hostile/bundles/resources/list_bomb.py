# attack: lists that double until memory ends
# must: BUNDLE_KILLED MemoryError
def describe(item):
    bomb = [0]
    while True:
        bomb = bomb + bomb
