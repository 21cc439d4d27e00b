"""ApiPolicy against a real HTTP server that runs in this process."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.worlds import CodeWordEnv
from textarena_rl import EpisodeFailed, InvalidConfig, play_episode
from textarena_rl.policies import ApiPolicy


class Server(ThreadingHTTPServer):
    """Answers each request with the next of ``answers`` (a status and a body), and keeps what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = []
        self.asked = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"

    def reply(self, *texts):
        for text in texts:
            self.answers.append((200, json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]})))


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, dict(self.headers), body))
        status, answer = self.server.answers.pop(0)
        if status is None:
            self.close_connection = True  # hang up without an answer
            return
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_an_episode_is_one_growing_conversation(server):
    server.reply("red", "blue")
    policy = ApiPolicy("small", base_url=server.url, system="Be brief.", options={"temperature": 0.5}, api_key="abc")
    episode = play_episode(CodeWordEnv(), policy, task="red-blue")
    assert episode.won
    (path, headers, first), (_, _, second) = server.asked
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer abc"
    opening = [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": "Open the door: say the colour of each lamp.\n\nThe first lamp is red. The door waits.",
        },
    ]
    assert first == {"temperature": 0.5, "model": "small", "messages": opening}
    assert second["messages"] == [
        *opening,
        {"role": "assistant", "content": "red"},
        {"role": "user", "content": "A click. The second lamp is blue. The door waits."},
    ]


def test_a_new_episode_is_a_new_conversation_and_no_key_is_sent_without_one(server):
    server.reply("red", "blue", "gold", "gold")
    policy = ApiPolicy("small", base_url=server.url + "/")
    play_episode(CodeWordEnv(), policy, task="red-blue")
    play_episode(CodeWordEnv(), policy, task="gold-gold")
    assert [len(body["messages"]) for _, _, body in server.asked] == [1, 3, 1, 3]
    assert "Authorization" not in server.asked[0][1]


def test_a_busy_server_is_asked_again(server):
    server.answers += [(503, "loading"), (None, ""), (429, "slow down")]
    server.reply("red", "blue")
    policy = ApiPolicy("small", base_url=server.url, retry_seconds=0.001)
    assert play_episode(CodeWordEnv(), policy, task="red-blue").won
    assert len(server.asked) == 5
    assert server.asked[0] == server.asked[3]


def test_a_server_that_stays_busy_is_given_up(server):
    server.answers += [(503, "loading")] * 2
    policy = ApiPolicy("small", base_url=server.url, retries=1, retry_seconds=0.001)
    with pytest.raises(EpisodeFailed, match=r"got 503 Service Unavailable: loading, 2 times\. Check that the server"):
        play_episode(CodeWordEnv(), policy, task="red-blue")


def test_a_refusal_is_not_repeated(server):
    server.answers += [(404, "no such model")]
    with pytest.raises(EpisodeFailed, match="got 404 Not Found: no such model"):
        play_episode(CodeWordEnv(), ApiPolicy("big", base_url=server.url))
    assert len(server.asked) == 1


@pytest.mark.parametrize("answer", ["<html>", "{}", '{"choices": []}', '{"choices": [{"text": "red"}]}', "[]"])
def test_an_answer_of_another_kind_is_shown(server, answer):
    server.answers += [(200, answer)]
    with pytest.raises(EpisodeFailed, match=r"expected a chat completion from .* got b'"):
        play_episode(CodeWordEnv(), ApiPolicy("small", base_url=server.url))


def test_no_content_is_an_empty_action(server):
    server.reply(None)
    episode = play_episode(CodeWordEnv(max_turns=1), ApiPolicy("small", base_url=server.url))
    assert [turn.action for turn in episode.turns] == [""]


def test_a_server_that_is_not_there_is_named():
    policy = ApiPolicy("small", base_url="http://127.0.0.1:9/v1", retries=0)
    with pytest.raises(EpisodeFailed, match=r"http://127\.0\.0\.1:9/v1/chat/completions, got .*refused"):
        play_episode(CodeWordEnv(), policy)


def test_an_address_must_be_http():
    with pytest.raises(InvalidConfig, match="expected base_url to begin with http"):
        ApiPolicy("small", base_url="localhost:8000")
