# attack: an abstract unix socket
# must: SIGSYS
import socket


def attack(channel: int) -> object:
    with socket.socket(socket.AF_UNIX) as one:
        one.connect("\0semper")
    return "connected"
