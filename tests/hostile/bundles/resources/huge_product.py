# attack: multiplying huge numbers for ever
# must: BUNDLE_KILLED SIGKILL
def describe(item):
    x = 3
    while True:
        x *= x
