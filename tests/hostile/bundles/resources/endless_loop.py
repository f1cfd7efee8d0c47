# attack: an endless loop
# must: BUNDLE_KILLED SIGKILL
def describe(item):
    while True:
        pass
