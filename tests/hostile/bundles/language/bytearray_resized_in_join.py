# attack: resize a byte array while it is being joined
# must: HARMLESS 61626341414141416162636162634141414141616263616263414141414161626361626341414141416162636162634141414141
# from Python 3.11.7 must: BUNDLE_FAILED BufferError
# because: until then the array was not held while its pieces were joined (CPython issue 112625)
def describe(item):
    growing = bytearray(b"abc")

    def parts():
        for _ in range(5):
            growing.append(65)
            yield growing

    return [growing.join(parts()).hex()]
