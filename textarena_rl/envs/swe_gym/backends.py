"""From a name to a backend."""

from __future__ import annotations

import os

from textarena_rl.envs.swe_gym.sandbox.bwrap import BwrapBackend
from textarena_rl.envs.swe_gym.sandbox.local import LocalBackend
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend, Limits
from textarena_rl.errors import InvalidConfig

__all__ = ["BACKENDS", "choose_backend"]

BACKENDS = ("bwrap", "docker", "local")


def choose_backend(
    sandbox: str | Backend | None,
    *,
    limits: Limits | None = None,
    image: str | None = None,
    allow_unsandboxed: bool = False,
    visible: tuple[str, ...] = (),
) -> Backend:
    """The backend of a name, or the given one.

    Args:
        sandbox: A name, or a backend that you made; None: docker where images are needed, else bwrap. Never ``local``
            unless it is asked for.
        limits: What a sandbox may use.
        image: What containers are made of, where a task names no image of its own.
        allow_unsandboxed: Needed for ``local``.
        visible: Folders of the host that bwrap shows, read-only.

    Raises:
        InvalidConfig: There is no such backend, or ``local`` was not allowed.
    """
    if sandbox is not None and not isinstance(sandbox, str):
        return sandbox
    if sandbox in (None, "bwrap"):
        return BwrapBackend(limits, visible)
    if sandbox == "docker":
        from textarena_rl.envs.swe_gym.sandbox.containers import DockerBackend

        return DockerBackend(limits, image=image or os.environ.get("TEXTARENA_RL_SWE_IMAGE"))
    if sandbox == "local":
        return LocalBackend(limits, allow_unsandboxed=allow_unsandboxed)
    raise InvalidConfig(f"SWEGym: expected sandbox to be one of {', '.join(BACKENDS)}, got {sandbox!r}.")
