"""Getting a provider's keys from where it publishes them (OpenID Connect Discovery 1.0).

Only over TLS, verified against the system's certificate authorities or SSL_CERT_FILE, through the
proxy that HTTPS_PROXY names; bounded in size and in time as a whole.
"""

import json
import threading
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any, NoReturn
from urllib.parse import urlsplit

from iamctl.domain.errors import RemoteFailure
from iamctl.domain.names import shown

LONGEST = 1 << 20
"""Bytes of an answer."""
SECONDS = 30.0
"""For everything together."""

_ONE_READ = 10.0
_REDIRECTS = 3
_DISCOVERY = "/.well-known/openid-configuration"


def fetch_jwks(url: str, seconds: float = SECONDS) -> str:
    """The text of the key set that the issuer at the URL publishes.

    Raises RemoteFailure (OpenIdIdpCommunicationError).
    """
    got: list[str | BaseException] = []

    def work() -> None:
        try:
            got.append(_fetched(url))
        except BaseException as error:
            got.append(error)

    # Name lookup and slow headers have no limit of their own, so the whole has one from outside.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if not got:
        _fail(url, f"no complete answer within {seconds:.0f} seconds")
    if isinstance(got[0], BaseException):
        raise got[0]
    return got[0]


def _fetched(url: str) -> str:
    opener = _opener()
    about = f"{url.rstrip('/')}{_DISCOVERY}"
    said = _object(about, _read(opener, about))
    issuer, keys = said.get("issuer"), said.get("jwks_uri")
    if issuer != url:
        _fail(about, f"it says it is of {shown(str(issuer), 200)}, not of {shown(url, 200)}")
    if not isinstance(keys, str) or not keys.lower().startswith("https://"):
        _fail(about, "its jwks_uri is no https URL")
    return _text(keys, _read(opener, keys))


class _OverTls(urllib.request.HTTPRedirectHandler):
    """Follows redirects to https only."""

    max_redirections = _REDIRECTS

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != "https":
            _fail(req.full_url, "it redirects to what is no https URL")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """Speaks https and nothing else: no http, no file, no ftp."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        _OverTls(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", "iamctl"), ("Accept", "application/json")]
    return opener


def _read(opener: urllib.request.OpenerDirector, url: str) -> bytes:
    try:
        with opener.open(url, timeout=_ONE_READ) as answer:
            data: bytes = answer.read(LONGEST + 1)
    except urllib.error.HTTPError as error:
        error.close()
        _fail(url, f"it answers {error.code}")
    except urllib.error.URLError as error:
        _fail(url, getattr(error.reason, "strerror", None) or str(error.reason))
    except (OSError, HTTPException, ValueError) as error:
        _fail(url, str(error) or type(error).__name__)
    if len(data) > LONGEST:
        _fail(url, f"the answer is longer than {LONGEST} bytes")
    return data


def _text(url: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        _fail(url, "the answer is not in UTF-8")


def _object(url: str, data: bytes) -> dict[str, object]:
    try:
        said = json.loads(_text(url, data))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        _fail(url, "the answer is no JSON object")
    return said


def _fail(url: str, reason: str) -> NoReturn:
    raise RemoteFailure(
        f"{url} gave no keys: {reason}",
        code="OpenIdIdpCommunicationError",
        hint="save the provider's key set by other means and give it with --jwks FILE",
    )
