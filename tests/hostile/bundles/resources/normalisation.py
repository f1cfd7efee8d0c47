# attack: normalising many combining characters
# must: DIALECT_REFUSED import
import unicodedata


def describe(item):
    return [unicodedata.normalize("NFC", "a" + "́" * 100_000)]
