"""AWS's sign-in to the console: a session of AWS's exchanged for a URL that a browser opens.

Source: IAM User Guide, "Enable custom identity broker access to the AWS console". The session goes
in the body of a POST, which the endpoint takes as it takes a GET, so that no log of URLs has it.
"""

import json
import re
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from iamctl.domain.errors import InvalidValue, NotAuthenticated, RemoteFailure
from iamctl.domain.names import shown
from iamctl.domain.secret import Secret
from iamctl.ports.aws import RemoteCredentials

_SECONDS = 10.0
_LONGEST = 65536
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}", re.ASCII)
_ISSUER = "iamctl"


class FederationEndpoint:
    """The endpoint at a URL; `ca_bundle` is a file of certificates to trust instead of the usual.

    Raises InvalidValue for a URL that is not https; http does on loopback only, for tests.
    """

    def __init__(self, endpoint: str, ca_bundle: str | None = None) -> None:
        if not _is_safe(endpoint):
            raise InvalidValue(
                f"{shown(endpoint, 200)} is no https URL, and a session goes over no other",
                hint="look at AWS_ENDPOINT_URL_SIGNIN",
            )
        self._endpoint = endpoint
        self._ca_bundle = ca_bundle

    def url(self, credentials: RemoteCredentials, destination: str) -> Secret:
        """A URL that signs a browser in and goes to the destination; good for 15 minutes."""
        query = {
            "Action": "login",
            "Issuer": _ISSUER,
            "Destination": destination,
            "SigninToken": _signin_token(self._answer(_exchange(credentials))),
        }
        return Secret(f"{self._endpoint}?{urlencode(query)}")

    def _answer(self, body: bytes) -> bytes:
        request = Request(self._endpoint, data=body, method="POST")
        opener = build_opener(_NoRedirect, HTTPSHandler(context=self._trusted()))
        try:
            with opener.open(request, timeout=_SECONDS) as answer:
                return bytes(answer.read(_LONGEST))
        except HTTPError as error:
            error.close()
            if error.code in (400, 401, 403):
                raise NotAuthenticated(
                    f"AWS's sign-in did not take the session (HTTP {error.code})",
                    hint="it may be over; get another with --no-cache",
                ) from None
            raise RemoteFailure(f"AWS's sign-in failed (HTTP {error.code})") from None
        except (URLError, OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or type(error).__name__
            raise RemoteFailure(
                f"AWS's sign-in does not answer: {reason}",
                hint="look at the network and the proxy variables, then repeat it",
            ) from None

    def _trusted(self) -> Any:
        import ssl

        try:
            return ssl.create_default_context(cafile=self._ca_bundle)
        except OSError:
            raise InvalidValue(
                "AWS_CA_BUNDLE names no file of certificates",
                hint="give the path of a PEM file, or unset it",
            ) from None


def _is_safe(endpoint: str) -> bool:
    try:
        parts = urlsplit(endpoint)
        scheme, host, _ = parts.scheme, parts.hostname, parts.port
    except ValueError:
        return False
    if not endpoint.isprintable() or " " in endpoint:
        return False
    return host == "127.0.0.1" if scheme == "http" else scheme == "https" and bool(host)


class _NoRedirect(HTTPRedirectHandler):
    """A session is sent to one place only."""

    def redirect_request(self, *_: object) -> None:
        return None


def _exchange(credentials: RemoteCredentials) -> bytes:
    """The body. SessionDuration is left out: the console session lasts as long as the session
    does, and one of a chained role is taken too."""
    session = {
        "sessionId": credentials.access_key_id,
        "sessionKey": credentials.secret_access_key.reveal_text(),
        "sessionToken": credentials.session_token.reveal_text(),
    }
    return urlencode({"Action": "getSigninToken", "Session": json.dumps(session)}).encode()


def _signin_token(answer: bytes) -> str:
    try:
        token = json.loads(answer)["SigninToken"]
    except (ValueError, KeyError, TypeError, RecursionError):
        token = None
    if not isinstance(token, str) or _TOKEN.fullmatch(token) is None:
        raise RemoteFailure(
            "what answered is not AWS's sign-in: it gave no sign-in token",
            hint="look at AWS_ENDPOINT_URL_SIGNIN and the proxy variables",
        )
    return token
