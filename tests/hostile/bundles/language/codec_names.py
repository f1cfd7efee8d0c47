# attack: ask for codecs by odd names: those that a Python has loaded by chance would tell it from another
# must: HARMLESS ascii cp65001 iso-8859-1 latin-1 utf-16 utf-32 utf-8
NAMES = (
    "ascii", "big5", "charmap", "cp1252", "cp437", "cp65001", "hex", "idna", "iso-8859-1", "koi8-r", "latin-1", "mbcs",
    "punycode", "raw_unicode_escape", "rot13", "undefined", "unicode_escape", "utf-16", "utf-16-le", "utf-32", "utf-7",
    "utf-8", "utf_8_sig", "zlib", "../x", "a" * 5000, "encodings", "os", "",
)


def describe(item):
    found = []
    for name in NAMES:
        try:
            if "a".encode(name):
                found.append(name)
        except (LookupError, ValueError):
            pass
    return [" ".join(found)]
