# attack: cyclic garbage without end
# must: BUNDLE_KILLED SIGKILL
def describe(item):
    while True:
        knot = []
        knot.append(knot)
