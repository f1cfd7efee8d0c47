# attack: map memory that can be written and executed
# must: DIALECT_REFUSED import
import mmap


def describe(item):
    return [str(mmap.mmap(-1, 4096, prot=7).size())]
