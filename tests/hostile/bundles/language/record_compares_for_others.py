# attack: a record that says it equals every value, asked by the interface's own comparisons
# must: HARMLESS True | True | cannot combine EUR with Same
from semper_host.api_v1 import Money

@record
class Same:
    x: int = 0

    def __eq__(self, other):
        return True

    def __lt__(self, other):
        return False

def describe(item):
    shown = [str(Money(1, "EUR") == Same()), str(Same() == Money(1, "EUR"))]
    try:
        shown.append(str(Money(1, "EUR") < Same()))
    except ValueError as error:
        shown.append(str(error))
    return shown
