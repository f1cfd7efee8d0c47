# attack: raise the process's own limits
# must: SIGSYS
import resource


def attack(channel: int) -> object:
    resource.setrlimit(resource.RLIMIT_CPU, (1000, 1000))
    return "raised"
