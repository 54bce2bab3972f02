"""Lock a process that reads what others wrote: no network, no programs, hardly a file.

Pickles and chat templates are read by such processes. Imports only the standard library, because
the locked child is no part of the package. A lock of Linux is asked for by its system call; one
that this kernel does not have is reported.
"""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import struct
import sys
import time
from collections.abc import Iterable, Sequence

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # sched.h
_DEATH_SIGNAL, _NO_NEW_PRIVILEGES = 1, 38  # prctl.h
# Landlock (linux/landlock.h); the numbers are the same on every architecture.
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_FILE, _MAKE_FILE, _TRUNCATE = 1 << 5, 1 << 8, 1 << 14
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # number of rights over files by version; then 16
_NETWORK = 0b11  # bind and connect of TCP, from version 4 on


def lock(readable: Iterable[str], writable: str | None = None) -> list[str]:
    """Lock this process, before it starts a thread, and return the locks that are unavailable.

    Args:
        readable: Files and folders that may still be read; missing ones are left out.
        writable: The only folder in which files may be made and removed; None for nowhere.
    """
    if sys.platform != "linux":
        return ["network", "files and programs", "privileges"]
    system = ctypes.CDLL(None, use_errno=True)
    unavailable = []
    system.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)  # end with the parent
    if system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        unavailable.append("privileges")
    # Outside of a container's root a network namespace needs a user namespace around it.
    if system.unshare(_NEW_USER | _NEW_NETWORK) and system.unshare(_NEW_NETWORK):
        unavailable.append("network")
    if not _landlock(system, list(readable), writable):
        unavailable.append("files and programs")
    return unavailable


def limit(*, memory: int, seconds: int, file_bytes: int) -> list[str]:
    """Limit this process, and return the limits that are unavailable.

    Args:
        memory: Bytes of address space beyond what is in use now.
        seconds: Processor time beyond what was used until now, rounded up.
        file_bytes: Size of the largest file that may be written.
    """
    limits = {
        "memory": (resource.RLIMIT_AS, _address_space() + memory),
        "processor time": (resource.RLIMIT_CPU, math.ceil(time.process_time()) + seconds),
        "size of files": (resource.RLIMIT_FSIZE, file_bytes),
        "core dumps": (resource.RLIMIT_CORE, 0),
    }
    unavailable = []
    for name, (kind, value) in limits.items():
        try:
            resource.setrlimit(kind, (value, value))
        except (OSError, ValueError):
            unavailable.append(name)
    return unavailable


def _address_space() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  # few imports
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 4 << 30


def _landlock(system: ctypes.CDLL, readable: Sequence[str], writable: str | None) -> bool:
    version = system.syscall(_CREATE, None, 0, 1)
    if version < 1:
        return False
    rights = (1 << _RIGHTS.get(version, 16)) - 1
    attributes = struct.pack("QQ", rights, _NETWORK)[: 16 if version >= 4 else 8]
    rules = system.syscall(_CREATE, attributes, len(attributes), 0)
    if rules < 0:
        return False
    reading = _READ_FILE | _READ_DIR
    writing = (reading | _WRITE_FILE | _REMOVE_FILE | _MAKE_FILE | _TRUNCATE) & rights
    # Libraries open /dev/null for writing when they are imported (dill, which torch imports).
    rest = [("/dev/null", reading | _WRITE_FILE)]
    rest += [(writable, writing)] if writable else []
    for path, allowed in [*((path, reading) for path in readable), *rest]:
        if not _allow(system, rules, path, allowed):
            return False
    locked: bool = system.syscall(_RESTRICT, rules, 0) == 0
    os.close(rules)
    return locked


def _allow(system: ctypes.CDLL, rules: int, path: str, allowed: int) -> bool:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        if not os.path.isdir(path):  # noqa: PTH112  # few imports
            allowed &= ~(_READ_DIR | _REMOVE_FILE | _MAKE_FILE)
        rule = struct.pack("=Qi", allowed, place)
        return bool(system.syscall(_ADD_RULE, rules, 1, rule, 0) == 0)
    finally:
        os.close(place)
