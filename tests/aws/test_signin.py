"""The exchange of a session for a sign-in URL, against a stand-in of AWS's endpoint."""

import ipaddress
import json
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from iamctl.aws import signin
from iamctl.aws.signin import FederationEndpoint
from iamctl.domain.errors import InvalidValue, NotAuthenticated, RemoteFailure
from iamctl.domain.secret import Secret
from iamctl.ports.aws import RemoteCredentials
from tests.aws.loopback import Answer, serving, signed_in

SESSION = RemoteCredentials("ASIAREAL000000000001", Secret("sec+ret/"), Secret("tok en=="), 0)
PAGE = "https://console.aws.amazon.com/ec2/home?region=eu-west-1"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


def exchanged(url, **more):
    return FederationEndpoint(url, **more).url(SESSION, PAGE)


def test_a_session_becomes_a_url():
    with serving(lambda *_: signed_in("a+b/c=&d")) as server:
        url = exchanged(f"{server.url}/federation")
    parts = urlsplit(url.reveal_text())
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{server.url}/federation"
    assert parse_qs(parts.query) == {
        "Action": ["login"], "Issuer": ["iamctl"], "Destination": [PAGE],
        "SigninToken": ["a+b/c=&d"],
    }  # fmt: skip
    assert repr(url) == "Secret(…)"


def test_the_session_is_in_the_body_and_in_no_url():
    with serving(lambda *_: signed_in()) as server:
        exchanged(f"{server.url}/federation")
    ((action, given),) = server.calls
    assert action == "getSigninToken"
    assert set(given) == {"Session"}
    assert json.loads(given["Session"]) == {
        "sessionId": "ASIAREAL000000000001", "sessionKey": "sec+ret/", "sessionToken": "tok en==",
    }  # fmt: skip


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_session_that_is_not_taken(status):
    with (
        serving(lambda *_: Answer(status, "<html>no</html>")) as server,
        pytest.raises(NotAuthenticated, match=f"did not take the session .HTTP {status}"),
    ):
        exchanged(server.url)


@pytest.mark.parametrize("answer", [
    Answer(500, ""), Answer(404, ""), Answer(200, ""), Answer(200, "<html/>"), Answer(200, "[]"),
    Answer(200, "{}"), Answer(200, '{"SigninToken": 3}'), Answer(200, '{"SigninToken": ""}'),
    Answer(200, '{"SigninToken": "a b"}'), Answer(200, '{"SigninToken": "a\\u001b"}'),
    Answer(200, "[" * 60_000), Answer(200, json.dumps({"SigninToken": "x" * 70_000})),
])  # fmt: skip
def test_what_is_no_answer_of_the_endpoint(answer):
    with serving(lambda *_: answer) as server, pytest.raises(RemoteFailure):
        exchanged(server.url)
    assert len(server.calls) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_session_goes_to_one_place_only(status):
    with (
        serving(lambda *_: signed_in()) as other,
        serving(lambda *_: Answer(status, "", 0, f"{other.url}/federation")) as server,
        pytest.raises(RemoteFailure, match=f"HTTP {status}"),
    ):
        exchanged(server.url)
    assert other.calls == []


@pytest.mark.parametrize("endpoint", [
    "http://signin.aws.amazon.com/federation", "http://localhost/federation", "ftp://x/",
    "file:///etc/passwd", "https:///federation", "", "federation", "http://127.0.0.1.example.com/",
    "https://[", "https://x:port/", "https://x:99999/", "https://x y/", "https://x/\n",
])  # fmt: skip
def test_a_session_goes_over_https_only(endpoint):
    with pytest.raises(InvalidValue, match="no https URL"):
        FederationEndpoint(endpoint)


def test_nobody_there(monkeypatch):
    with serving(lambda *_: signed_in()) as server:
        pass
    with pytest.raises(RemoteFailure, match="does not answer"):
        exchanged(server.url)
    monkeypatch.setattr(signin, "_SECONDS", 0.2)
    with (
        serving(lambda *_: Answer(200, "", 30)) as server,
        pytest.raises(RemoteFailure, match="does not answer"),
    ):
        exchanged(server.url)


def test_what_speaks_no_http():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet():
            client, _ = server.accept()
            with client:
                client.recv(65536)
                client.sendall(b"220 mail.example.com ESMTP\r\n")

        greeting = threading.Thread(target=greet)
        greeting.start()
        with pytest.raises(RemoteFailure, match="does not answer: BadStatusLine"):
            exchanged(f"http://127.0.0.1:{server.getsockname()[1]}/")
        greeting.join()


@pytest.fixture
def certificate(tmp_path):
    """A certificate of 127.0.0.1 that signs itself, and a server's context that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return str(tmp_path / "cert.pem"), context


def test_the_certificate_is_checked(certificate, tmp_path):
    path, context = certificate
    with serving(lambda *_: signed_in(), context) as server:
        assert server.url.startswith("https://")
        assert "SigninToken=" in exchanged(server.url, ca_bundle=path).reveal_text()
        with pytest.raises(RemoteFailure, match="certificate verify failed"):
            exchanged(server.url)
        with pytest.raises(InvalidValue, match="AWS_CA_BUNDLE"):
            exchanged(server.url, ca_bundle=str(tmp_path / "nothing.pem"))
    assert len(server.calls) == 1
