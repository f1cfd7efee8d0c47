# attack: a share of money by zero, and by a number of the bundle's own
# must: HARMLESS refused | refused
from semper_host.api_v1 import Money

class Number:
    def __lt__(self, other):
        return True
    def __eq__(self, other):
        return True

def describe(item):
    shown = []
    for by in (0, Number()):
        try:
            shown.append(str(Money(100, "EUR").share(1, by)))
        except (ZeroDivisionError, TypeError):
            shown.append("refused")
    return shown
