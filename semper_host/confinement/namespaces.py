"""Namespaces of the fork server and all its workers: no network, no mounts, no other processes in sight.

Used where the kernel allows them: as root directly, otherwise through a user namespace. The mandatory walls
stand without any of this.
"""

from __future__ import annotations

import os

from semper_host.confinement import libc

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
_INNER = _NEWNS | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET
_MS_READ_ONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REC, _MS_PRIVATE = 1, 2, 4, 8, 0x4000, 0x40000
_NOBODY = 65534


def enter() -> str:
    """Move this process into fresh namespaces, its children into a fresh pid namespace; return which, in words."""
    for flags, words in ((_INNER, "net, pid, mount, ipc"), (_NEWUSER | _INNER, "user, net, pid, mount, ipc")):
        try:
            libc.unshare(flags)
        except OSError:
            continue
        return words + (", empty root" if _empty_root() else "")
    return ""


def _empty_root() -> bool:
    """Make an empty, read-only file system the root of this process. Everything must be imported already."""
    try:
        libc.mount(b"none", b"/", b"", _MS_REC | _MS_PRIVATE)
        libc.mount(b"none", b"/tmp", b"tmpfs", _MS_READ_ONLY | _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, b"size=4k")
        os.chdir("/tmp")
        os.chroot("/tmp")
        os.chdir("/")
    except OSError:
        return False
    return True


def become_nobody() -> str:
    """As root, become nobody; return who this process is now, in words.

    Where user namespaces map a single id, there is no nobody to become (EINVAL): dropping capabilities is what counts.
    """
    if os.geteuid() != 0:
        return "the host's own unprivileged user"
    try:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    except OSError:
        return "its own user: there is no other to become"
    return "nobody"


def deeper() -> str:
    """After becoming nobody, enter a user namespace in which nobody is mapped; return "user" if that was allowed."""
    try:
        libc.unshare(_NEWUSER)
    except OSError:
        return ""
    return "user"
