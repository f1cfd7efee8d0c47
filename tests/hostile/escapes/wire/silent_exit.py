# attack: leave without a word
# must: BUNDLE_KILLED exit code 3
import os


def attack(channel: int) -> object:
    os._exit(3)
