"""AWS's STS on loopback: moto's, which grants everything, and a stand-in that says what AWS says
when it refuses, throttles, hangs or is not AWS at all."""

import json
import logging
import os
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs

ACCOUNT = "111122223333"
NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


class Answer(NamedTuple):
    """An HTTP answer; `delay` seconds pass before it."""

    status: int
    body: str
    delay: float = 0.0
    location: str = ""


Answering = Callable[[str, dict[str, str]], Answer]
"""(Action, parameters) -> what is answered."""


class Sts(NamedTuple):
    """A server that runs: its URL, and every call that came, as (Action, parameters)."""

    url: str
    calls: list[tuple[str, dict[str, str]]]

    def actions(self) -> list[str]:
        return [action for action, _ in self.calls]


def error(code: str, message: str, status: int = 403) -> Answer:
    """An error as STS writes it in XML."""
    kind = "Sender" if status < 500 else "Receiver"
    return Answer(
        status,
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{kind}</Type><Code>{code}</Code>'
        f"<Message>{message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>",
    )


def result(action: str, inner: str) -> Answer:
    """A success as STS writes it in XML."""
    return Answer(
        200,
        f'<{action}Response xmlns="{NAMESPACE}"><{action}Result>{inner}</{action}Result>'
        f"<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></{action}Response>",
    )


def identity(arn: str, account: str = ACCOUNT) -> Answer:
    return result(
        "GetCallerIdentity",
        f"<UserId>AIDAREAL0000000000001</UserId><Account>{account}</Account><Arn>{arn}</Arn>",
    )


def granted(role: str, session: str, seconds: int = 3600) -> Answer:
    """AssumeRole's success, as the STS API Reference shows it."""
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    return result(
        "AssumeRole",
        f"<AssumedRoleUser><AssumedRoleId>AROAREAL000000000001:{session}</AssumedRoleId>"
        f"<Arn>arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}</Arn></AssumedRoleUser>"
        "<Credentials><AccessKeyId>ASIAREAL000000000001</AccessKeyId>"
        "<SecretAccessKey>real-secret</SecretAccessKey><SessionToken>real-token</SessionToken>"
        f"<Expiration>{ends}</Expiration></Credentials><PackedPolicySize>7</PackedPolicySize>",
    )


def user_session() -> Answer:
    """GetSessionToken's success."""
    given = granted("", "").body.partition("<Credentials>")[2].partition("</Credentials>")[0]
    given = given.replace("ASIAREAL", "ASIAUSER")
    return result("GetSessionToken", f"<Credentials>{given}</Credentials>")


def signed_in(token: str = "VCQgs5qZZt3Q6fn8Tr5") -> Answer:
    """The sign-in endpoint's success, as the IAM User Guide shows it."""
    return Answer(200, json.dumps({"SigninToken": token}))


@contextmanager
def serving(answering: Answering, tls: ssl.SSLContext | None = None) -> Iterator[Sts]:
    """A server on loopback for as long as the body runs."""
    calls: list[tuple[str, dict[str, str]]] = []
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            given = {name: values[0] for name, values in parse_qs(body).items()}
            if "?" in self.path:
                given["query"] = self.path
            action = given.pop("Action", "")
            calls.append((action, given))
            answer = answering(action, given)
            over.wait(answer.delay)
            data = answer.body.encode()
            try:
                self.send_response(answer.status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(data)))
                if answer.location:
                    self.send_header("Location", answer.location)
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                pass  # the client no longer waits

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        scheme = "http" if tls is None else "https"
        yield Sts(f"{scheme}://127.0.0.1:{server.server_port}", calls)
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def moto() -> Iterator[str]:
    """The URL of moto's STS and IAM in this process; its account is the team's, and empty."""
    os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT  # read when moto is first imported
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    urllib.request.urlopen(f"{url}/moto-api/reset", data=b"").close()
    try:
        yield url
    finally:
        server.stop()
