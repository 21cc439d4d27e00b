"""Every promise of the Sandbox protocol, on every backend: bubblewrap, dockerd, podman."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from textarena_rl.envs.swe_gym.sandbox.protocol import Backend, Sandbox, TooLarge


@pytest.fixture
def box(backend: Backend) -> Iterator[Sandbox]:
    sandbox = backend.start()
    yield sandbox
    sandbox.close()


def test_the_shell_remembers(box: Sandbox) -> None:
    box.run("mkdir -p deep/down && cd deep/down && export NAME=x && greet() { echo hello $NAME; }", 10)
    result = box.run("greet; pwd", 10)
    assert (result.output, result.exit_code) == ("hello x\n/testbed/deep/down\n", 0)
    assert box.folder == "/testbed/deep/down"


def test_exit_codes_and_both_streams(box: Sandbox) -> None:
    assert box.run("echo out; echo err >&2; (exit 3)", 10).exit_code == 3
    assert sorted(box.run("echo out; echo err >&2", 10).output.split()) == ["err", "out"]
    assert box.run("false | true", 10).exit_code == 0
    assert box.run("no-such-program", 10).exit_code == 127
    assert box.run("if then", 10).exit_code != 0  # no syntax error ends the shell
    assert box.execute("exit 7", 10).exit_code == 7


def test_a_shell_that_leaves_comes_back(box: Sandbox) -> None:
    box.run("mkdir here && cd here", 10)
    result = box.run("echo bye; exit 5", 10)
    assert (result.output, result.exit_code, result.restarted) == ("bye\n", 5, True)
    assert box.run("pwd", 10).output == "/testbed/here\n"


def test_commands_read_nothing_and_redirections_swallow_nothing(box: Sandbox) -> None:
    assert box.run("cat; echo end", 10).output == "end\n"
    assert box.run("exec 2>/dev/null; echo still", 10).output == "still\n"
    quoted = "printf '%s\\n' \"it's\" 'a\"b' '$HOME' \"\\\\\" ; cat <<'X'\nline 'one'\n\ttwo\nX"
    assert box.run(quoted, 10).output == "it's\na\"b\n$HOME\n\\\nline 'one'\n\ttwo\n"


def test_an_answer_cannot_be_forged_by_printing(box: Sandbox) -> None:
    result = box.run("printf '\\n0123456789abcdef0123456789abcdef 0 /testbed\\n'; exit_code=0; (exit 9)", 10)
    assert result.exit_code == 9


def test_a_command_that_takes_too_long(box: Sandbox) -> None:
    begin = time.monotonic()
    result = box.run("echo begun; sleep 100", 1)
    assert (result.output, result.exit_code, result.timed_out, result.restarted) == ("begun\n", None, True, True)
    assert time.monotonic() - begin < 30
    assert box.run("echo on", 10).output == "on\n"


def test_a_command_that_ignores_signals(box: Sandbox) -> None:
    result = box.run("trap '' TERM INT HUP; for i in 1 2 3 4 5 6 7 8 9; do sleep 30; done", 1)
    assert result.timed_out
    assert box.run("echo on", 10).output == "on\n"
    assert box.execute("trap '' TERM INT; sleep 100; sleep 100", 1).timed_out


def test_children_that_become_daemons_die_with_the_command_that_is_killed(box: Sandbox) -> None:
    daemon = "setsid nohup sh -c 'while :; do date +%s%N > alive; sleep 0.1; done' >/dev/null 2>&1 &"
    assert box.run(daemon + " echo started", 10).output.endswith("started\n")  # does not wait for it
    assert box.run("sleep 100", 1).timed_out
    before = box.read("alive")
    time.sleep(0.6)
    assert box.read("alive") == before


def test_a_fork_bomb(box: Sandbox) -> None:
    box.run("bomb() { bomb | bomb & }; bomb; sleep 100", 2)
    assert box.run("echo on", 30).output.endswith("on\n")
    assert int(box.run("ls -d /proc/[0-9]* | wc -l", 10).output) < 64


def test_a_memory_bomb(box: Sandbox) -> None:
    result = box.execute("python3 -c 'x = []\nwhile True: x.append(bytearray(2**22))'", 60)
    assert result.exit_code != 0
    assert not result.timed_out
    assert box.run("echo on", 10).output == "on\n"


def test_endless_output(box: Sandbox) -> None:
    result = box.run("yes 0123456789", 30)
    assert (result.killed, result.exit_code) == ("output", None)
    assert len(result.output) <= 65_536
    assert result.dropped_bytes > 2**20
    assert box.run("echo on", 10).output == "on\n"


def test_the_head_and_the_tail_of_a_long_output_are_kept(box: Sandbox) -> None:
    result = box.run("echo first; seq 100000; echo last", 30)
    assert result.output.startswith("first\n1\n2\n")
    assert result.output.endswith("100000\nlast\n")
    total = len("first\nlast\n") + sum(len(str(n)) + 1 for n in range(1, 100_001))
    assert len(result.output) + result.dropped_bytes == total


def test_binary_output(box: Sandbox) -> None:
    result = box.run("printf 'a\\377\\376b\\000c\\n'; head -c 3000 /dev/urandom; echo; printf end", 10)
    assert result.output.startswith("a\ufffd\ufffdb\x00c\n")
    assert result.output.endswith("end")
    assert result.exit_code == 0


def test_no_network(box: Sandbox) -> None:
    code = "import socket; socket.create_connection(('1.1.1.1', 53), 3)"
    result = box.execute(f'python3 -c "{code}"', 20)
    assert result.exit_code == 1
    assert "unreachable" in result.output or "Network is down" in result.output
    assert box.execute("cat /proc/net/dev | grep -c -v -e '|' -e ' lo:'", 10).output.strip() == "0"


def test_the_host_is_out_of_sight(box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("host") / "secret.txt"
    secret.write_text("never seen")
    assert box.execute(f"cat {secret}", 10).exit_code != 0
    assert "never seen" not in box.execute(f"grep -r 'never seen' {secret.parent.parent} /home /root 2>&1", 20).output
    assert box.execute("cat /etc/shadow", 10).exit_code != 0
    assert int(box.execute("ls -d /proc/[0-9]* | wc -l", 10).output) < 16  # nor other processes


def test_no_privileges(box: Sandbox) -> None:
    wanted = "mount -t tmpfs x /mnt || chroot / true || dd if=/dev/sda count=1 || mknod /tmp/x b 8 0"
    assert box.execute(f"({wanted}) 2>/dev/null", 10).exit_code != 0
    assert "NoNewPrivs:\t1" in box.execute("cat /proc/self/status", 10).output


def test_files_go_in_and_come_out(box: Sandbox) -> None:
    files = {
        "a.py": b"print(1)\n",
        "deep/er/b.bin": bytes(range(256)),
        "run.sh": b"#!/bin/sh\necho ran\n",
        "empty": b"",
    }
    box.fill(files)
    assert box.run("./run.sh; python3 a.py", 10).output == "ran\n1\n"
    box.write("deep/new.txt", "grüße".encode())
    box.write("a.py", b"")
    box.run("rm empty; mkdir -p __pycache__ .git; touch __pycache__/x.pyc .git/y; echo more > made", 10)
    expected = {**files, "deep/new.txt": "grüße".encode(), "a.py": b"", "made": b"more\n"}
    del expected["empty"]
    assert box.export() == expected
    assert box.read("deep/er/b.bin") == bytes(range(256))
    assert box.read("nothing") is None
    assert box.read("deep") is None


def test_links_lead_nowhere(box: Sandbox) -> None:
    box.run("ln -s /etc/passwd link; ln -s /etc etc; ln -s loop loop; mkfifo pipe", 10)
    assert box.read("link") is None
    assert box.read("pipe") is None
    assert "link" not in box.export()
    assert not {path for path in box.export() if path.startswith("etc/")}


def test_a_tree_that_is_too_large_is_not_read(backend: Backend) -> None:
    from dataclasses import replace

    from tests.envs.swe_gym.conftest import LIMITS

    backend.limits = replace(LIMITS, tree_bytes=100_000)  # type: ignore[attr-defined]
    box = backend.start()
    try:
        box.run("head -c 200000 /dev/zero > big", 10)
        with pytest.raises(TooLarge):
            box.export()
    finally:
        box.close()


def test_closing_twice_is_fine(backend: Backend) -> None:
    box = backend.start()
    box.run("sleep 300 &", 10)
    box.close()
    box.close()
