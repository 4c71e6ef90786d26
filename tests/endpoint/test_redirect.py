"""A browser is sent on, once, and nobody else is."""

import http.client
import os
import socket
import threading
from urllib.parse import urlsplit

import pytest

from iamctl.domain.secret import Secret
from iamctl.endpoint import redirect
from iamctl.endpoint.redirect import redirect_once

TARGET = "https://signin.aws.amazon.com/federation?SigninToken=secret"


def asked(url, path=None, host=None):
    """The status and Location of a GET of the page, or of another path or Host there."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    connection.request("GET", path or parts.path, headers={"Host": host or parts.netloc})
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.getheader("Location")


def led(browse, **more):
    """Runs the redirect with a browser that does `browse(url)`: what came of it, what it saw."""
    seen, browsers = [], []

    def opened(url):
        browsers.append(threading.Thread(target=lambda: seen.extend(browse(url))))
        browsers[0].start()
        return True

    served = redirect_once(Secret(TARGET), opened, os.urandom, **more)
    browsers[0].join()
    return served, seen


def test_the_browser_is_sent_on():
    served, seen = led(lambda url: [asked(url)])
    assert served
    assert seen == [(303, TARGET)]


def test_the_page_says_nothing_of_the_target():
    pages = []
    redirect_once(Secret(TARGET), lambda url: bool(pages.append(url)), os.urandom)
    assert "secret" not in pages[0]
    assert pages[0].startswith("http://127.0.0.1:")
    assert len(urlsplit(pages[0]).path) == 33


def test_others_get_nothing():
    def browse(url):
        return [
            asked(url, path="/"), asked(url, path="/favicon.ico"), asked(url, host="example.com"),
            asked(url, host=f"localhost:{urlsplit(url).port}"), asked(url),
        ]  # fmt: skip

    served, seen = led(browse)
    assert served
    assert seen == [(403, None)] * 4 + [(303, TARGET)]


def test_a_connection_of_another_user_gets_nothing(monkeypatch):
    if not os.path.exists("/proc/net/tcp"):
        pytest.skip("this system does not say whose a connection is")
    monkeypatch.setattr(redirect.os, "getuid", lambda: 54321)
    served, seen = led(lambda url: [asked(url)], seconds=1.0)
    assert not served
    assert seen == [(403, None)]


def test_nobody_comes():
    assert not redirect_once(Secret(TARGET), lambda _: True, os.urandom, seconds=0.05)


def test_no_browser():
    assert not redirect_once(Secret(TARGET), lambda _: False, os.urandom)


def test_a_browser_that_stays_is_waited_for():
    seen = []

    def browse(url):
        seen.append(asked(url))
        seen.append("closed")
        return False

    assert redirect_once(Secret(TARGET), browse, os.urandom)
    assert seen == [(303, TARGET), "closed"]


def test_whoever_says_nothing_does_not_keep_the_browser_out(monkeypatch):
    monkeypatch.setattr(redirect._Handler, "timeout", 0.05)
    silent = []

    def browse(url):
        silent.append(socket.create_connection(("127.0.0.1", urlsplit(url).port)))
        return [asked(url)]

    served, seen = led(browse)
    silent[0].close()
    assert served
    assert seen == [(303, TARGET)]
