# attack: adding a hundred thousand lists up takes time that grows with the square
# must: BUNDLE_KILLED SIGKILL
def describe(item):
    return [str(len(sum([[1]] * 400_000, [])))]
