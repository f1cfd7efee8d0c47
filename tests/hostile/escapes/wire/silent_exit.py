# attack: leave without a word
# must: BUNDLE_KILLED exit code 3
import os


def attack(channel):
    os._exit(3)
