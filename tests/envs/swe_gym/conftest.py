"""The backends that the suites run on: bubblewrap wherever there is Linux, real engines where they are up."""

from __future__ import annotations

import pytest

from tests.envs.swe_gym.engines import IMAGE, answers, socket_of
from textarena_rl.envs.swe_gym.sandbox.bwrap import BwrapBackend
from textarena_rl.envs.swe_gym.sandbox.containers import DockerBackend
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend, Limits
from textarena_rl.errors import MissingDependency

LIMITS = Limits(memory_bytes=512 * 2**20, processes=64, disk_bytes=32 * 2**20, flood_bytes=8 * 2**20)


def require_engine(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point DOCKER_HOST to a real engine; skip, loudly, where it is not up."""
    if not answers(engine):
        pytest.skip(
            f"no {engine} engine answers at {socket_of(engine)}: containers are NOT tested. As root: "
            f"python -m tests.envs.swe_gym.engines up {engine}"
        )
    monkeypatch.setenv("DOCKER_HOST", socket_of(engine))


def make_backend(name: str, monkeypatch: pytest.MonkeyPatch, limits: Limits = LIMITS) -> Backend:
    if name == "bwrap":
        backend = BwrapBackend(limits)
        try:
            backend.check()
        except MissingDependency as error:
            pytest.skip(f"the bwrap sandbox is NOT tested here: {error}")
        return backend
    require_engine(name, monkeypatch)
    return DockerBackend(limits, image=IMAGE, pull="never")


@pytest.fixture(params=["bwrap", "docker", "podman"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Backend:
    return make_backend(request.param, monkeypatch)


@pytest.fixture(params=["docker", "podman"])
def engine_backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> DockerBackend:
    found = make_backend(request.param, monkeypatch)
    assert isinstance(found, DockerBackend)
    return found


@pytest.fixture
def bwrap(monkeypatch: pytest.MonkeyPatch) -> Backend:
    return make_backend("bwrap", monkeypatch)
