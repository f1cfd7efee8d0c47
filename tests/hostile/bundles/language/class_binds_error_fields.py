# attack: an error whose own class says what its arguments, cause and notes are
# must: BUNDLE_FAILED Own: \x1b[2J, 7
class Own(ValueError):
    args = ("\x1b[2J", ("nested",), 7)
    add_note = "x"
    obj = "x"

def describe(item):
    raise Own("told")
