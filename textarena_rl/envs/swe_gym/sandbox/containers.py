"""Containers of any engine that speaks Docker's API (``DOCKER_HOST``): Docker, or Podman's service."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from typing import Any

from textarena_rl.envs.swe_gym.sandbox.bwrap import python_environment
from textarena_rl.envs.swe_gym.sandbox.container import DockerSandbox, engine_errors, remove
from textarena_rl.envs.swe_gym.sandbox.leases import owner_is_dead, owner_token
from textarena_rl.envs.swe_gym.sandbox.protocol import WORKSPACE, InfrastructureError, Limits
from textarena_rl.errors import InvalidConfig, MissingData, MissingDependency

__all__ = ["LABEL", "DockerBackend"]

LABEL = "textarena-rl.swe.owner"
"""Every container of ours carries it, with the process that made it."""

_ATTEMPT = "textarena-rl.swe.attempt"
_STARTS = threading.BoundedSemaphore(max(2, min(8, 2 * (os.cpu_count() or 1))))
"""How many containers start at once: engines that are asked for too many at once fail."""
_TRIES = 3
_KEEP_ALIVE = "while [ $SECONDS -lt {seconds} ]; do read -r -t 1 || [ $? -gt 128 ] || sleep 5; done"
"""Process 1: ends, and the container with it, when its time is over; collects orphans; survives ``kill -9 -1``; waits
on its standard input, which stays open and silent, so that it starts nothing and a fork bomb cannot end it."""
_CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETUID", "SETGID", "KILL"]


class DockerBackend:
    """Sandboxes that are containers: no network, few capabilities, limited memory, processors and processes.

    Args:
        limits: What a container may use.
        image: What containers are made of, where a task names no image of its own; needs bash, and Python for the
            packages that come along.
        pull: ``missing`` fetches an image that the engine lacks, ``never`` does not.
        platform: Asked of the engine, e.g. ``linux/amd64``; None: its own.
    """

    name = "docker"

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        image: str | None = None,
        pull: str = "missing",
        platform: str | None = None,
    ) -> None:
        if pull not in ("missing", "never"):
            raise InvalidConfig(f"DockerBackend: expected pull to be 'missing' or 'never', got {pull!r}.")
        self.limits = limits or Limits()
        self.image = image
        self._pull = pull
        self._platform = platform
        self._client: Any = None
        self._client_pid = 0

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_client": None}

    def __deepcopy__(self, memo: dict[int, Any]) -> DockerBackend:
        return self

    def client(self) -> Any:
        """The connection of this process; the first one reaps containers whose makers are dead.

        Raises:
            MissingDependency: docker-py is not installed, or no engine answers.
        """
        if self._client is not None and self._client_pid == os.getpid():
            return self._client
        try:
            import docker
        except ImportError as error:
            raise MissingDependency(
                "SWEGym: expected the package docker, which is not installed. Install the extra: "
                "pip install 'textarena-rl[swe]'."
            ) from error
        host = os.environ.get("DOCKER_HOST", "the default socket")
        try:
            client = docker.from_env(version="auto", timeout=120, max_pool_size=32)
            client.ping()
        except (docker.errors.DockerException, OSError) as error:
            raise MissingDependency(
                f"SWEGym: expected a container engine at {host}, got none ({str(error)[:150]}). Start Docker or "
                "`podman system service`, and set DOCKER_HOST."
            ) from error
        self._client, self._client_pid = client, os.getpid()
        self.reap()
        return client

    def check(self) -> None:
        """Ask the engine.

        Raises:
            MissingDependency: There is none.
        """
        self.client()

    def reap(self) -> int:
        """Remove containers whose makers are dead, and say how many there were."""
        count = 0
        with engine_errors("looking for orphans"):
            for told in self._client.api.containers(all=True, filters={"label": LABEL}):
                if owner_is_dead((told.get("Labels") or {}).get(LABEL, "")):
                    count += remove(self._client.api, told["Id"])
        return count

    def prepare(self, image: str) -> None:
        """See to it that the engine has an image.

        Raises:
            MissingData: It has not, and it cannot be fetched; the message names it.
        """
        import docker
        import requests

        client = self.client()
        with engine_errors(f"looking for the image {image}"):
            try:
                client.images.get(image)
                return
            except docker.errors.ImageNotFound:
                pass
        if self._pull == "never":
            raise MissingData(
                f"SWEGym: expected the image {image} in the engine, found none. Run: docker pull {image}."
            )
        try:
            client.images.pull(image, platform=self._platform)
        except (docker.errors.DockerException, requests.RequestException) as error:
            said = " ".join(str(getattr(error, "explanation", None) or error).split())[:200]
            raise MissingData(
                f"SWEGym: expected the image {image}, got no such image from the engine or a registry ({said}). "
                f"Run `docker pull {image}` where there is a network, log in if pulls are limited, or set exclude_ids."
            ) from error

    def start(self, image: str | None = None) -> DockerSandbox:
        """A fresh container.

        Raises:
            InvalidConfig: Nobody said of which image.
            MissingData: The image is not there.
            InfrastructureError: The engine failed, several times.
        """
        chosen = image or self.image
        if chosen is None:
            raise InvalidConfig(
                "SWEGym: expected an image for sandbox='docker', got none. Give image='...' (one with bash and Python "
                "3), or set TEXTARENA_RL_SWE_IMAGE."
            )
        self.prepare(chosen)
        for attempt in range(_TRIES):
            try:
                with _STARTS:
                    return DockerSandbox(self.client(), self._create(chosen), self.limits)
            except InfrastructureError:
                if attempt == _TRIES - 1:
                    raise
                time.sleep(0.5 * 2**attempt)
        raise AssertionError("unreachable")

    def _create(self, image: str) -> Any:
        """A container that runs; what an attempt leaves behind that failed half-way is removed."""
        limits, attempt = self.limits, secrets.token_hex(8)
        size = f"size={limits.disk_bytes},mode=1777"
        try:
            with engine_errors(f"starting a container of {image}"):
                container = self.client().containers.create(
                    image,
                    entrypoint=["bash", "-c"],
                    command=[_KEEP_ALIVE.format(seconds=limits.lifetime_seconds)],
                    stdin_open=True,
                    auto_remove=True,
                    network_mode="none",
                    mem_limit=limits.memory_bytes,
                    memswap_limit=limits.memory_bytes,
                    nano_cpus=int(limits.cpus * 1e9),
                    pids_limit=limits.processes,
                    cap_drop=["ALL"],
                    cap_add=_CAPABILITIES,
                    security_opt=["no-new-privileges"],
                    tmpfs={"/tmp": size},
                    hostname="sandbox",
                    working_dir=WORKSPACE,
                    platform=self._platform,
                    labels={LABEL: owner_token(), _ATTEMPT: attempt},
                    environment={**python_environment(), "BASH_ENV": "/root/.bashrc"},
                )
                container.start()
                return container
        except InfrastructureError:
            with contextlib.suppress(InfrastructureError), engine_errors("tidying up"):
                for told in self._client.api.containers(all=True, filters={"label": f"{_ATTEMPT}={attempt}"}):
                    remove(self._client.api, told["Id"])
            raise
