# attack: a TCP socket
# must: SIGSYS
import socket


def attack(channel: int) -> object:
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM)
