# attack: receive descriptors over the channel (SCM_RIGHTS)
# must: DIALECT_REFUSED import
from semper_host.confinement.fork_server import socket


def describe(item):
    return [str(socket(fileno=3).recvmsg(1, 64))]
