"""A real container engine for the tests, on a Debian machine without systemd, registry or network images.

    python -m tests.envs.swe_gym.engines up docker podman     # as root: installs what is missing, starts it
    python -m tests.envs.swe_gym.engines down docker podman

Everything but packages lies in one folder. The image is made of this machine's own bash, git and Python.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

IMAGE = "localhost/textarena-base:latest"
FOLDER = Path(tempfile.gettempdir()) / "textarena-rl-engines"
PACKAGES = {
    "docker": {"dockerd": "docker.io", "iptables": "iptables"},
    "podman": {"podman": "podman", "conmon": "conmon", "netavark": "netavark", "runc": "runc"},
}
PROGRAMS = """
    bash sh cat ls mkdir rm rmdir mv cp ln touch chmod chown echo printf true false test head tail sort uniq wc cut tr
    date sleep kill env id whoami tee seq yes dd df du find xargs grep sed tar gzip base64 basename dirname readlink
    stat sync sha256sum nohup setsid timeout mktemp pwd expr uname diff cmp git ps nproc python3
"""


def socket_of(engine: str) -> str:
    """The address for DOCKER_HOST."""
    return f"unix://{FOLDER / engine}.sock"


class _Connection(http.client.HTTPConnection):
    def __init__(self, engine: str, timeout: float) -> None:
        super().__init__("engine", timeout=timeout)
        self._path = str(FOLDER / f"{engine}.sock")

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def ask(engine: str, method: str, path: str, body: bytes | None = None, timeout: float = 5.0) -> int:
    """The status of an answer of the engine's API; 0 where nothing answers."""
    connection = _Connection(engine, timeout)
    try:
        connection.request(method, path, body, {"Content-Type": "application/x-tar"} if body else {})
        response = connection.getresponse()
        response.read()
        return response.status
    except OSError:
        return 0
    finally:
        connection.close()


def answers(engine: str) -> bool:
    """Whether the engine is up and has the image."""
    return ask(engine, "GET", "/_ping") == 200 and ask(engine, "GET", f"/v1.40/images/{IMAGE}/json") == 200


def _install(engine: str) -> None:
    missing = [package for program, package in PACKAGES[engine].items() if not _found(program)]
    if missing:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def _found(program: str) -> bool:
    return bool(shutil.which(program)) or any(
        (Path(folder) / program).exists() for folder in ("/usr/sbin", "/sbin", "/usr/libexec/podman", "/usr/lib/podman")
    )


def _podman_settings() -> Path:
    """Podman asks for more open files and processes than this machine may grant, and for a run time that refuses it."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    processes = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    most = int(Path("/proc/sys/kernel/pid_max").read_text())
    files = 65_536 if files == resource.RLIM_INFINITY else files
    processes = most if processes == resource.RLIM_INFINITY else min(processes, most)
    path = FOLDER / "containers.conf"
    path.write_text(
        f"""[containers]
default_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
exit_command_delay = 5
[network]
network_backend = "netavark"
"""
    )
    return path


def _begin(engine: str) -> None:
    data, run, address = FOLDER / f"{engine}-data", FOLDER / f"{engine}-run", socket_of(engine)
    environment = dict(os.environ)
    if engine == "docker":
        command = ["dockerd", "-H", address, "--data-root", str(data), "--exec-root", str(run)]
        command += ["--pidfile", str(FOLDER / "dockerd.pid"), "--bridge=none", "--iptables=false", "--ip6tables=false"]
        command += ["--ip-forward=false", "--ip-masq=false", "--userland-proxy=false", "--log-level=warn"]
    else:
        command = ["podman", "--root", str(data), "--runroot", str(run), "system", "service", "--time=0", address]
        environment["CONTAINERS_CONF"] = str(_podman_settings())
    environment["PATH"] = f"{environment.get('PATH', '')}:/usr/sbin:/sbin"
    with (FOLDER / f"{engine}.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
        )
    (FOLDER / f"{engine}.pid").write_text(str(process.pid))
    for _ in range(300):
        if ask(engine, "GET", "/_ping") == 200:
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"{engine} did not come up:\n{(FOLDER / f'{engine}.log').read_text()[-2000:]}")


def _libraries(program: str) -> set[str]:
    run = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    found = set()
    for line in run.stdout.splitlines():
        path = line.partition("=>")[2].split("(")[0].strip() or line.split("(")[0].strip()
        if path.startswith("/"):
            found.add(path)
    return found


def _image() -> bytes:
    """A root file system of this machine's own programs."""
    folders = ["/usr/lib/python3.11", "/usr/lib/git-core"]
    folders = [folder for folder in folders if Path(folder).is_dir()]
    programs = [path for name in PROGRAMS.split() if (path := shutil.which(name, path="/usr/bin:/bin:/usr/sbin"))]
    libraries: set[str] = set()
    for path in [*programs, *(str(p) for folder in folders for p in Path(folder).rglob("*.so"))]:
        libraries |= _libraries(path)
    links = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64"}
    buffer, seen = io.BytesIO(), set()
    with tarfile.open(fileobj=buffer, mode="w") as tar:

        def put(name: str, kind: bytes = tarfile.DIRTYPE, target: str = "", mode: int = 0o755) -> None:
            if name in seen:
                return
            seen.add(name)
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.mode = kind, target, mode
            tar.addfile(entry)

        for folder in (
            "usr",
            "usr/bin",
            "usr/sbin",
            "usr/lib",
            "usr/lib64",
            "etc",
            "root",
            "proc",
            "sys",
            "dev",
            "run",
        ):
            put(folder)
        put("tmp", mode=0o1777)
        for name, target in links.items():
            put(name, tarfile.SYMTYPE, target)
        for path in sorted({*programs, *libraries}):
            real = os.path.realpath(path)
            name = path.lstrip("/")
            for link, target in links.items():
                name = f"{target}/{name[len(link) + 1 :]}" if name.startswith(f"{link}/") else name
            if name not in seen:
                seen.add(name)
                tar.add(real, name, recursive=False)
        put("usr/bin/python", tarfile.SYMTYPE, "python3")
        for folder in folders:
            tar.add(folder, folder.lstrip("/"), filter=_wanted)
        accounts = tarfile.TarInfo("etc/passwd")
        text = b"root:x:0:0:root:/root:/bin/bash\n"
        accounts.size = len(text)
        tar.addfile(accounts, io.BytesIO(text))
    return buffer.getvalue()


def _wanted(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    unwanted = ("/test/", "/idlelib", "/tkinter", "/lib2to3", "/ensurepip", "/dist-packages")
    return None if any(part in f"/{entry.name}/" for part in unwanted) else entry


def up(engine: str) -> None:
    """Bring an engine up, unless it is."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    if not answers(engine):
        _install(engine)
        if ask(engine, "GET", "/_ping") != 200:
            _begin(engine)
        name, _, tag = IMAGE.rpartition(":")
        status = ask(engine, "POST", f"/v1.40/images/create?fromSrc=-&repo={name}&tag={tag}", _image(), timeout=120)
        if status != 200 or not answers(engine):
            raise SystemExit(f"{engine}: the image could not be imported (status {status})")
    print(f"{engine} answers at {socket_of(engine)}", flush=True)


def down(engine: str) -> None:
    """Stop an engine and delete everything that it had."""
    with contextlib.suppress(OSError, ValueError):
        number = int((FOLDER / f"{engine}.pid").read_text())
        os.kill(number, signal.SIGTERM)
        for _ in range(100):
            os.kill(number, 0)
            time.sleep(0.1)
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in sorted((place for place in mounts if place.startswith(f"{FOLDER}/{engine}")), reverse=True):
        subprocess.run(["umount", "-l", mount], check=False)
    for name in (f"{engine}-data", f"{engine}-run"):
        shutil.rmtree(FOLDER / name, ignore_errors=True)
    for name in (f"{engine}.sock", f"{engine}.pid"):
        (FOLDER / name).unlink(missing_ok=True)


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("up", "down") or not set(sys.argv[2:]) <= set(PACKAGES):
        raise SystemExit("usage: python -m tests.envs.swe_gym.engines up|down docker|podman ...")
    for name in sys.argv[2:]:
        up(name) if sys.argv[1] == "up" else down(name)
