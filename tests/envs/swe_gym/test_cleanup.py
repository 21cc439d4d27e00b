"""Nothing is left behind: no process, container, mount or folder; not after 32 episodes, not after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import textarena_rl
from tests.envs.swe_gym.conftest import LIMITS
from tests.envs.swe_gym.engines import IMAGE
from textarena_rl.envs.swe_gym.env import SWEGymEnv
from textarena_rl.envs.swe_gym.sandbox.bwrap import BwrapBackend
from textarena_rl.envs.swe_gym.sandbox.containers import LABEL, DockerBackend
from textarena_rl.envs.swe_gym.sandbox.leases import (
    make_folder,
    owner_is_dead,
    owner_token,
    reap_folders,
    remove_folder,
)
from textarena_rl.envs.swe_gym.sandbox.pool import Pool
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend
from textarena_rl.errors import EpisodeFailed, InvalidConfig
from textarena_rl.policies import ExpertPolicy

ROOT = Path(__file__).parents[3]


def folders() -> list[Path]:
    """This process's own leases."""
    return list(Path(tempfile.gettempdir()).glob(f"textarena-rl-swe-{owner_token()}-*"))


def processes_of(text: str) -> list[str]:
    """Living processes whose command line holds a text."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if text in line and int(entry.name) != os.getpid():
                found.append(line)
    return found


def soon(condition: object, seconds: float = 10.0) -> bool:
    """Whether a condition comes true within some seconds."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


def test_32_episodes_at_once_leave_nothing(bwrap: Backend) -> None:
    before = folders()

    def play(seed: int) -> bool:
        env = SWEGymEnv(expert="gradual", expert_actions=True)
        env.reset(seed=seed)
        env.step("```bash\nsetsid sleep 1000 &\n```")
        won = textarena_rl.play_episode(env, ExpertPolicy(), seed=seed).won
        env.close()
        return won

    with ThreadPoolExecutor(32) as pool:
        assert all(pool.map(play, range(32)))
    assert soon(lambda: folders() == before)
    assert soon(lambda: not processes_of(f"textarena-rl-swe-{owner_token()}"))
    assert f"textarena-rl-swe-{owner_token()}" not in Path("/proc/self/mounts").read_text()


def test_an_environment_that_is_forgotten_cleans_up(bwrap: Backend) -> None:
    before = folders()
    env = SWEGymEnv()
    env.reset(seed=0)
    env.step("```bash\nsleep 1000 &\n```")
    assert len(folders()) == len(before) + 1
    del env
    assert soon(lambda: folders() == before)


def test_the_sandbox_outlives_the_thread_that_started_it(bwrap: Backend) -> None:
    box = bwrap.start()
    try:
        thread = threading.Thread(target=lambda: box.run("X=5", 10))
        thread.start()
        thread.join()
        time.sleep(0.3)
        assert box.run("echo $X", 10).output == "5\n"
    finally:
        box.close()


CRASH = """
import os, signal, sys
from textarena_rl.envs.swe_gym.sandbox.{module} import {name} as Backend
from textarena_rl.envs.swe_gym.sandbox.leases import owner_token
box = Backend({arguments}).start()
box.run("sleep 12345 & cd /tmp", 20)
print(owner_token(), getattr(box, "container_id", ""), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def crashed(module: str, name: str, arguments: str = "") -> list[str]:
    """What a process that started a sandbox said before it was killed."""
    code = CRASH.format(module=module, name=name, arguments=arguments)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert run.returncode == -signal.SIGKILL, run.stderr
    return run.stdout.split()


def test_a_killed_trainer_leaves_no_process_and_its_folder_is_reaped(bwrap: Backend) -> None:
    (token,) = crashed("bwrap", "BwrapBackend")
    assert owner_is_dead(token)
    assert soon(lambda: not processes_of("sleep 12345"))
    left = list(Path(tempfile.gettempdir()).glob(f"textarena-rl-swe-{token}-*"))
    mine = make_folder()
    reap_folders()
    assert not [folder for folder in left if folder.exists()]
    assert mine.exists()
    remove_folder(mine)


def test_a_killed_trainers_containers_are_reaped(engine_backend: DockerBackend) -> None:
    token, container = crashed("containers", "DockerBackend", f"image={IMAGE!r}, pull='never'")
    client = engine_backend.client()  # the first connection reaps
    engine_backend.reap()
    there = [item.id for item in client.containers.list(all=True, sparse=True, filters={"label": f"{LABEL}={token}"})]
    assert container not in there
    assert soon(lambda: not client.containers.list(all=True, sparse=True, filters={"label": f"{LABEL}={token}"}))


def test_the_living_are_not_reaped(engine_backend: DockerBackend) -> None:
    box = engine_backend.start()
    try:
        engine_backend.reap()
        assert box.run("echo alive", 10).output == "alive\n"
    finally:
        box.close()


def test_a_container_removes_itself_when_its_time_is_over(engine_backend: DockerBackend) -> None:
    from dataclasses import replace

    engine_backend.limits = replace(LIMITS, lifetime_seconds=8)
    box = engine_backend.start()
    client = engine_backend.client()
    box.execute("kill -9 -1", 10)  # process 1 goes on, and looks at the clock
    assert soon(lambda: box.container_id not in [c.id for c in client.containers.list(all=True, sparse=True)], 45)
    box.close()


def test_several_containers_at_once(engine_backend: DockerBackend) -> None:
    with ThreadPoolExecutor(6) as pool:
        boxes = list(pool.map(lambda _: engine_backend.start(), range(6)))
        try:
            outputs = list(pool.map(lambda box: box.run("hostname; echo $((6*7))", 20).output, boxes))
            assert [output.split()[-1] for output in outputs] == ["42"] * 6
        finally:
            list(pool.map(lambda box: box.close(), boxes))
    ids = {box.container_id for box in boxes}
    assert soon(lambda: not ids & {c.id for c in engine_backend.client().containers.list(all=True, sparse=True)})


def test_an_episode_in_containers(engine_backend: DockerBackend) -> None:
    env = SWEGymEnv(sandbox=engine_backend, expert="gradual", expert_actions=True)
    try:
        assert textarena_rl.play_episode(env, ExpertPolicy(), seed=0).won
        env.reset(seed=1)
        env.step("```bash\nmkdir x && cd x && Y=3\n```")
        twin = env.clone()
        assert "<output>\n/testbed/x\n3\n</output>" in twin.step("```bash\npwd; echo $Y\n```")[0]
        twin.close()
    finally:
        env.close()


def test_an_engine_that_is_killed_in_mid_episode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's socket, through a proxy that is cut: what the client sees when the engine dies."""
    from tests.envs.swe_gym.conftest import require_engine
    from tests.envs.swe_gym.engines import socket_of

    require_engine("docker", monkeypatch)
    real, proxy = socket_of("docker").removeprefix("unix://"), str(tmp_path / "proxy.sock")
    relay = subprocess.Popen([sys.executable, "-c", RELAY, proxy, real])
    try:
        assert soon(lambda: Path(proxy).exists())
        monkeypatch.setenv("DOCKER_HOST", f"unix://{proxy}")
        env = SWEGymEnv(sandbox=DockerBackend(LIMITS, image=IMAGE, pull="never"))
        env.reset(seed=0)
        assert "<returncode>0" in env.step("```bash\ntrue\n```")[0]
        relay.kill()
        relay.wait()
        with pytest.raises(EpisodeFailed, match="this is no wrong answer"):
            env.step("```bash\nls\n```")
        env.close()
    finally:
        relay.kill()
        monkeypatch.setenv("DOCKER_HOST", socket_of("docker"))
        backend = DockerBackend(LIMITS)
        for container in backend.client().containers.list(sparse=True, filters={"label": f"{LABEL}={owner_token()}"}):
            container.remove(force=True)


RELAY = """
import socket, sys, threading
server = socket.socket(socket.AF_UNIX); server.bind(sys.argv[1]); server.listen(64)
def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass
while True:
    near, _ = server.accept()
    far = socket.socket(socket.AF_UNIX); far.connect(sys.argv[2])
    for pair in ((near, far), (far, near)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
"""


def test_a_warm_pool(bwrap: Backend) -> None:
    before = folders()
    pool = Pool(bwrap, size=2)
    pool.check()
    assert soon(lambda: pool.ready == 2)
    env = SWEGymEnv(sandbox=pool, expert="gradual", expert_actions=True)
    assert textarena_rl.play_episode(env, ExpertPolicy(), seed=0).won
    assert env.clone()._backend is pool
    assert soon(lambda: pool.ready == 2)
    env.close()
    pool.close()
    assert soon(lambda: folders() == before)
    with pytest.raises(InvalidConfig, match="size of at least 1"):
        Pool(BwrapBackend(), size=0)


def test_an_ordinary_user_can_use_bubblewrap(bwrap: Backend, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Root drops to a user number of its own in the sandbox; an ordinary user gets a user namespace."""
    if os.geteuid() != 0:
        pytest.skip("the tests do not run as root: the way of an ordinary user is the one tested everywhere else")
    from textarena_rl.envs.swe_gym.sandbox import bwrap as module

    line = BwrapBackend().command(Path(tempfile.mkdtemp()), None, "/testbed", ["-c", "id -u"], 9)
    assert "--unshare-user" in line
    assert "setpriv" not in line
    rooted = BwrapBackend().command(Path(tempfile.mkdtemp()), 1_234_567, "/testbed", ["-c", "id -u"], 9)
    assert rooted[rooted.index("setpriv") :][2] == "1234567"
    assert module._as_root()
    box = BwrapBackend()
    box.new_owner = lambda: None  # type: ignore[method-assign]
    sandbox = box.start()
    try:
        sandbox.fill({"a.py": b"print(6 * 7)"})
        assert sandbox.run("python a.py; id -u; touch new && ls; touch /usr/x 2>&1 | grep -c Read-only", 10).output == (
            "42\n1000\na.py\nnew\n1\n"
        )
        assert sandbox.execute("cat /proc/net/dev | grep -c -v -e '|' -e ' lo:'", 10).output.strip() == "0"
    finally:
        sandbox.close()
