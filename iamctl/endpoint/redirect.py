"""Sends a browser to an address that is a secret, without one on its command line.

IAM User Guide, "Enable custom identity broker access to the AWS console": treat the URL as a
secret, and hand it to the browser in a redirect.
"""

import base64
import hmac
import os
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from iamctl.domain.ids import Randomness
from iamctl.domain.secret import Secret

_HOST = "127.0.0.1"
_REQUEST_SECONDS = 2.0
_STEP_SECONDS = 0.05
_CONNECTIONS = "/proc/net/tcp"


def redirect_once(
    target: Secret,
    open_page: Callable[[str], bool],
    randomness: Randomness,
    seconds: float = 60.0,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Open a page on loopback that leads to the target: for the first who asks, and once.

    `open_page` gets the page's URL and says whether a browser was started; it may take until the
    browser ends, which is waited for. Whoever reads that URL off a command line must be quicker
    than the browser, and where the system says whose a connection is, be the same user. False
    when no browser came within `seconds`.
    """
    with _Once((_HOST, 0), _Handler) as server:
        server.target = target
        server.path = "/" + base64.urlsafe_b64encode(randomness(24)).decode()
        started: list[bool] = []
        page = f"http://{_HOST}:{server.server_port}{server.path}"
        browser = threading.Thread(target=lambda: started.append(open_page(page)), daemon=True)
        browser.start()
        end = clock() + seconds
        server.timeout = _STEP_SECONDS
        while not server.served and started != [False] and clock() < end:
            server.handle_request()
    if server.served:
        browser.join()
    return server.served


class _Once(HTTPServer):
    target: Secret
    path: str
    served = False

    def server_bind(self) -> None:
        """As HTTPServer does it, which also looks the address up by DNS."""
        super(HTTPServer, self).server_bind()
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever breaks a connection off is no trouble of ours."""


class _Handler(BaseHTTPRequestHandler):
    server: _Once
    timeout = _REQUEST_SECONDS
    server_version = "iamctl"
    sys_version = ""

    def do_GET(self) -> None:
        """The redirect, to whom it is meant for."""
        server, known = self.server, f"{_HOST}:{self.server.server_port}"
        right = hmac.compare_digest(self.path.encode(), server.path.encode())
        if server.served or not right or self.headers.get("Host") != known or not self._is_ours():
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        server.served = True
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", server.target.reveal_text())
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """What is asked is a secret."""

    def _is_ours(self) -> bool:
        """Whether the other end is a process of this user, as far as the system says."""
        theirs = f"0100007F:{self.client_address[1]:04X}"
        ours = f"0100007F:{self.server.server_port:04X}"
        try:
            with open(_CONNECTIONS, encoding="ascii") as lines:
                rows = [line.split() for line in lines]
        except (OSError, ValueError):
            return True
        return all(int(row[7]) == os.getuid() for row in rows if row[1:3] == [theirs, ours])
