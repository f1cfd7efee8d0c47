# attack: a call by the x32 numbering
# must: DIALECT_REFUSED import
from semper_host.confinement.libc import LIBC


def describe(item):
    return [str(LIBC.syscall(0x40000027))]
