"""A payer side that asks the host for the clock, again and again."""

from semper_host.api_v1 import Now


def restore(value: int, first: int, count: int):
    """Ask `count` times."""
    for _ in range(count):
        yield Now()
    return count
