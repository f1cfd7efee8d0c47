# attack: a pair of sockets
# must: SIGSYS
import socket


def attack(channel):
    return socket.socketpair()
