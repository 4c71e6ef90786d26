"""Container credentials on loopback: what SDKs fetch, and fetch again before it ends.

The AWS SDKs and Tools Reference Guide calls it the container credential provider: a GET of
AWS_CONTAINER_CREDENTIALS_FULL_URI with the text of AWS_CONTAINER_AUTHORIZATION_TOKEN in the header
Authorization. Nothing that is asked is logged.
"""

import base64
import hmac
import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from iamctl.domain import errors
from iamctl.domain.ids import Randomness
from iamctl.domain.secret import Secret
from iamctl.endpoint.connections import HEAD_SECONDS, MOST, Connections

Provide = Callable[[], Mapping[str, str]]
"""Gives the credentials' JSON members anew. Raises IamctlError when there are none to be had."""

PATH = "/credentials"
_HOST = "127.0.0.1"  # never a name: what it resolves to is for others to say

_STATUS: tuple[tuple[type[errors.IamctlError], HTTPStatus], ...] = (
    (errors.AccessDenied, HTTPStatus.FORBIDDEN),
    (errors.NotAuthenticated, HTTPStatus.FORBIDDEN),
    (errors.NotFound, HTTPStatus.FORBIDDEN),  # not 404, which says that the path is wrong
    (errors.Usage, HTTPStatus.BAD_REQUEST),
    (errors.InvalidValue, HTTPStatus.BAD_REQUEST),
)
"""What the client is told; everything else is 500, which SDKs try again."""


class ContainerEndpoint(ThreadingHTTPServer):
    """Listens on 127.0.0.1 at a port of its own from the start; answers once it is `started`.

    `provide` is called for each request, one at a time: nothing is kept, so no answer is older
    than its question. Raises OSError when there is no port to be had.
    """

    daemon_threads = True
    allow_reuse_address = False
    request_queue_size = 256

    def __init__(
        self,
        provide: Provide,
        randomness: Randomness,
        most: int = MOST,
        head_seconds: float = HEAD_SECONDS,
    ) -> None:
        self.provide = provide
        self.one_at_a_time = threading.Lock()
        self.connections = Connections(most, head_seconds)
        self.token = Secret(base64.urlsafe_b64encode(randomness(32)).rstrip(b"="))
        super().__init__((_HOST, 0), _Handler)

    @property
    def host(self) -> str:
        """The value of the header Host that a request must have."""
        return f"{_HOST}:{self.server_port}"

    def variables(self) -> dict[str, str]:
        """What tells an SDK where to ask, and the token that it must bring."""
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{self.host}{PATH}",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": self.token.reveal_text(),
        }

    def start(self, poll_interval: float = 1.0) -> None:
        """Answer from a thread of its own, which ends with the process.

        Slow clients are looked for each `poll_interval` seconds, and with each connection.
        """
        how = {"poll_interval": poll_interval}
        threading.Thread(target=self.serve_forever, kwargs=how, daemon=True).start()

    def server_bind(self) -> None:
        """As HTTPServer does it, which also looks the address up by DNS."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        """Serve it from a thread if there is room."""
        if self.connections.admit(request, time.monotonic()):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """Close it."""
        self.connections.gone(request)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Between two requests, and after each interval."""
        self.connections.cut_overdue(time.monotonic())

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is nobody to tell; a traceback may hold what is secret."""


class _Handler(BaseHTTPRequestHandler):
    """One request, and the end of the connection."""

    server: ContainerEndpoint
    timeout = 5.0  # seconds that a read or a write may hang
    server_version, sys_version = "iamctl", ""

    def do_GET(self) -> None:
        """Everything but the path's own name is the same for all: who asks is checked first."""
        if not self.server.connections.heard(self.connection):
            self.close_connection = True
        elif self._header("Host") != self.server.host:  # a web page's request names its own host
            self._refuse(HTTPStatus.BAD_REQUEST, "InvalidHost", f"Host must be {self.server.host}")
        elif not self._has_token():
            self._refuse(HTTPStatus.FORBIDDEN, "InvalidToken", "Authorization is not the token")
        elif self.path != PATH:
            self._refuse(HTTPStatus.NOT_FOUND, "NotFound", f"there is only {PATH}")
        else:
            self._answer()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the parser refuses: the client's own words are not repeated."""
        status = HTTPStatus(code)
        if status is HTTPStatus.NOT_IMPLEMENTED:
            status = HTTPStatus.METHOD_NOT_ALLOWED
        self._refuse(status, status.phrase.title().replace(" ", ""), status.description)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""

    def _header(self, name: str) -> str | None:
        """The value of a header that was sent once."""
        values = self.headers.get_all(name) or []
        return values[0] if len(values) == 1 else None

    def _has_token(self) -> bool:
        given = self._header("Authorization") or ""
        return hmac.compare_digest(given.encode(errors="replace"), self.server.token.reveal())

    def _answer(self) -> None:
        try:
            with self.server.one_at_a_time:
                members = self.server.provide()
        except errors.IamctlError as error:
            status = next((s for kind, s in _STATUS if isinstance(error, kind)), None)
            self._refuse(status or HTTPStatus.INTERNAL_SERVER_ERROR, error.code, error.message)
        except Exception as error:  # without its values: they may be secret
            words = f"a bug in iamctl: {type(error).__name__}"
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalFailure", words)
        else:
            self._send(HTTPStatus.OK, members)

    def _refuse(self, status: HTTPStatus, code: str, message: str) -> None:
        self.close_connection = True
        self._send(status, {"code": code, "message": message})

    def _send(self, status: HTTPStatus, members: Mapping[str, str]) -> None:
        body = json.dumps(members).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
