# attack: control sequences and right-to-left text in an error
# must: BUNDLE_FAILED \x1b[2J\u202e
def describe(item):
    raise ValueError("\x1b[2J\u202egnihtyreve\r\nYou have paid. " + "x" * 100_000)
