# attack: an object that compares as if it were a small number becomes an amount of money
# must: BUNDLE_FAILED bad operand type
from semper_host.api_v1 import Money


class Any:
    def __le__(self, other):
        return True

    def __ge__(self, other):
        return True


def describe(item):
    return [f"{Money(Any(), 'EUR')}"]
