"""The endpoint that SDKs fetch credentials from, asked over real sockets."""

import json
import os
import socket

import pytest

from iamctl.domain import errors
from iamctl.endpoint.container import ContainerEndpoint

PATIENCE = 30.0


class Provider:
    """Counts how often it is asked; gives or raises what it is told to."""

    def __init__(self):
        self.asked = 0
        self.failure = None

    def __call__(self):
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return {"AccessKeyId": f"ASIA{self.asked}", "SecretAccessKey": "s", "Token": "t"}


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def served(provider):
    """Makes running endpoints."""
    made = []

    def make(**limits):
        endpoint = ContainerEndpoint(provider, os.urandom, **limits)
        made.append(endpoint)
        endpoint.start(poll_interval=0.02)
        return endpoint

    yield make
    for endpoint in made:
        endpoint.shutdown()
        endpoint.server_close()


def connected(endpoint):
    return socket.create_connection(endpoint.server_address, timeout=PATIENCE)


def everything(connection):
    told = b""
    while part := connection.recv(1 << 16):
        told += part
    return told


def exchange(endpoint, request):
    """(status, headers, members) of what comes back for those bytes."""
    with connected(endpoint) as connection:
        connection.sendall(request)
        head, _, body = everything(connection).partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    return int(first.split()[1]), headers, json.loads(body) if body else None


def request(endpoint, method="GET", path="/credentials", drop=(), more=()):
    """A request as SDKs make it, but for what is changed."""
    headers = {
        "Host": endpoint.host,
        "Accept": "application/json",
        "Authorization": endpoint.token.reveal_text(),
    }
    lines = [f"{name}: {value}" for name, value in headers.items() if name not in drop]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, *more, "", ""]).encode()


def test_each_question_is_answered_anew(served, provider, capfd):
    endpoint = served()
    for number in (1, 2):
        status, headers, members = exchange(endpoint, request(endpoint))
        assert (status, members["AccessKeyId"]) == (200, f"ASIA{number}")
        assert "Content-Type: application/json" in headers
        assert "Cache-Control: no-store" in headers
    assert capfd.readouterr() == ("", "")


def test_it_listens_on_loopback_only_and_the_token_is_long(served):
    endpoint, another = served(), served()
    assert endpoint.server_address[0] == "127.0.0.1"
    told = endpoint.variables()
    assert told["AWS_CONTAINER_CREDENTIALS_FULL_URI"] == f"http://{endpoint.host}/credentials"
    assert len(told["AWS_CONTAINER_AUTHORIZATION_TOKEN"]) == 43  # 256 bits
    assert told["AWS_CONTAINER_AUTHORIZATION_TOKEN"] != another.token.reveal_text()


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ({"drop": ["Authorization"]}, 403, "InvalidToken"),
        ({"drop": ["Authorization"], "more": ["Authorization: x"]}, 403, "InvalidToken"),
        ({"drop": ["Authorization"], "more": ["Authorization: é"]}, 403, "InvalidToken"),
        ({"drop": ["Authorization"], "more": ["Authorization: Bearer {token}"]}, 403,
         "InvalidToken"),
        ({"more": ["Authorization: {token}"]}, 403, "InvalidToken"),
        ({"path": "/credentials?x"}, 404, "NotFound"),
        ({"path": "/"}, 404, "NotFound"),
        ({"path": "/", "drop": ["Authorization"]}, 403, "InvalidToken"),
        ({"drop": ["Host"]}, 400, "InvalidHost"),
        ({"drop": ["Host"], "more": ["Host: evil.example:{port}"]}, 400, "InvalidHost"),
        ({"drop": ["Host"], "more": ["Host: localhost:{port}"]}, 400, "InvalidHost"),
        ({"drop": ["Host"], "more": ["Host: 127.0.0.1"]}, 400, "InvalidHost"),
        ({"more": ["Host: {host}"]}, 400, "InvalidHost"),
        ({"method": "POST"}, 405, "MethodNotAllowed"),
        ({"method": "HEAD"}, 405, "MethodNotAllowed"),
        ({"method": "PUT"}, 405, "MethodNotAllowed"),
    ],
)  # fmt: skip
def test_whoever_asks_otherwise_gets_nothing(served, provider, how, status, code):
    endpoint = served()
    token = endpoint.token.reveal_text()
    facts = {"token": token, "host": endpoint.host, "port": endpoint.server_port}
    how = {**how, "more": [line.format_map(facts) for line in how.get("more", ())]}
    got, _, members = exchange(endpoint, request(endpoint, **how))
    assert (got, members["code"]) == (status, code)
    assert token not in json.dumps(members)
    assert provider.asked == 0


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\n\n",
        b"GET\r\n\r\n",
        b"GET /credentials HTTP/9.9\r\n\r\n",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /credentials HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"GET /credentials HTTP/1.1\r\nA: " + b"b" * 70_000 + b"\r\n\r\n",
    ],
    ids=["tls", "one word", "version", "long line", "many headers", "long header"],
)
def test_what_is_no_request_gets_an_error(served, provider, garbage):
    endpoint = served()
    with connected(endpoint) as connection:
        try:
            connection.sendall(garbage)
            told = everything(connection)
        except ConnectionError:  # it stopped reading in the middle
            told = b""
    assert b"200 OK" not in told
    assert provider.asked == 0
    assert exchange(endpoint, request(endpoint))[0] == 200


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (errors.AccessDenied("no"), 403, "AccessDenied"),
        (errors.NotAuthenticated("no", code="ExpiredToken"), 403, "ExpiredToken"),
        (errors.NotFound("no"), 403, "NoSuchEntity"),
        (errors.InvalidValue("no"), 400, "ValidationError"),
        (errors.InvalidDirectory("no"), 500, "InvalidDirectory"),
        (errors.VaultUnavailable("no"), 500, "VaultUnavailable"),
    ],
)
def test_a_refusal_reaches_the_client(served, provider, failure, status, code):
    endpoint = served()
    provider.failure = failure
    got, _, members = exchange(endpoint, request(endpoint))
    assert (got, members) == (status, {"code": code, "message": "no"})
    provider.failure = None
    assert exchange(endpoint, request(endpoint))[0] == 200


def test_a_bug_says_its_place_in_the_code_and_no_value(served, provider, capfd):
    endpoint = served()
    provider.failure = RuntimeError("hunter2")
    status, _, members = exchange(endpoint, request(endpoint))
    assert (status, members["code"]) == (500, "InternalFailure")
    assert "hunter2" not in json.dumps(members) + "".join(capfd.readouterr())


def test_who_is_slow_is_cut_off(served):
    endpoint = served(head_seconds=0.1)
    with connected(endpoint) as connection:
        connection.sendall(b"GET /credentials HTTP/1.1\r\nHost: ")
        assert everything(connection) == b""


def test_a_crowd_of_silent_clients_keeps_nobody_out(served):
    endpoint = served(most=4, head_seconds=PATIENCE)
    crowd = [connected(endpoint) for _ in range(40)]
    for connection in crowd:
        connection.sendall(b"GET /cred")
    assert exchange(endpoint, request(endpoint))[0] == 200
    assert everything(crowd[0]) == b""
    for connection in crowd:
        connection.close()


def test_a_client_that_goes_away_is_nothing_to_tell(served, capfd):
    endpoint = served()
    for _ in range(5):
        with connected(endpoint) as connection:
            connection.sendall(request(endpoint))
    assert exchange(endpoint, request(endpoint))[0] == 200
    assert capfd.readouterr() == ("", "")


def test_a_burst_of_good_questions_is_answered_whole(served, provider):
    """As many as a job with many processes asks at once: none is cut off for another's sake."""
    endpoint = served()
    burst = [connected(endpoint) for _ in range(200)]
    for connection in burst:
        connection.sendall(request(endpoint))
    answers = [everything(connection) for connection in burst]
    for connection in burst:
        connection.close()
    assert all(answer.startswith(b"HTTP/1.0 200 ") for answer in answers)
    assert provider.asked == 200
