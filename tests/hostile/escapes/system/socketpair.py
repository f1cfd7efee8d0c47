# attack: a pair of sockets
# must: SIGSYS
import socket


def attack(channel: int) -> object:
    return socket.socketpair()
