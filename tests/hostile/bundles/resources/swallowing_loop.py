# attack: a loop that swallows every error it can
# must: BUNDLE_KILLED SIGKILL
def describe(item):
    while True:
        try:
            [].pop()
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError, StopIteration, OverflowError):
            pass
