# attack: small objects until memory ends
# must: BUNDLE_KILLED
def describe(item):
    held = []
    while True:
        held.append([held])
