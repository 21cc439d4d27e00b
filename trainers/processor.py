"""What makes torch fast on a CPU."""

from __future__ import annotations

import ctypes
import platform

__all__ = ["keep_freed_memory"]

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # glibc's malloc.h
_GIB = 1 << 30


def keep_freed_memory() -> bool:
    """Let the allocator keep what torch frees, and say whether it could.

    Activations come and go by the hundred megabytes. By default glibc gives each one back to the kernel, which clears
    every page of the next: a quarter of the time of a forward pass. Elsewhere than on Linux this does nothing.
    """
    if platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL("libc.so.6")
    settings = ((_MMAP_THRESHOLD, _GIB), (_TRIM_THRESHOLD, 2 * _GIB - 1), (_TOP_PAD, _GIB // 4))
    return all(libc.mallopt(parameter, value) == 1 for parameter, value in settings)
