"""Keys fetched from an issuer that runs here, on loopback: what is taken and what is refused."""

import json

import pytest

from iamctl.domain.errors import RemoteFailure
from iamctl.federation.fetch import LONGEST, fetch_jwks
from tests.federation.identities import public_jwk
from tests.federation.issuer import Issuer

KEYS = json.dumps({"keys": [{**public_jwk(), "kid": "main"}]})
DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
def issuer(tmp_path, monkeypatch):
    """An issuer on loopback behind TLS, whose certificate authority is trusted."""
    with Issuer(tmp_path) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.authority))
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        running.publish(running.url, KEYS)
        yield running


def refused(url, seconds=30.0):
    with pytest.raises(RemoteFailure) as caught:
        fetch_jwks(url, seconds)
    assert caught.value.code == "OpenIdIdpCommunicationError"
    return caught.value.message


def test_the_keys_are_where_the_issuers_discovery_document_says(issuer):
    assert fetch_jwks(issuer.url) == KEYS
    assert [path for path, _ in issuer.asked] == [DISCOVERY, "/jwks"]
    assert {agent for _, agent in issuer.asked} == {"iamctl"}


def test_an_issuer_may_have_a_path(issuer):
    url = f"{issuer.url}/tenant/7"
    issuer.publish(url, KEYS)
    assert fetch_jwks(url) == KEYS


def test_a_certificate_that_nobody_vouches_for_is_refused(issuer, monkeypatch, tmp_path):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "empty"))
    assert "certificate verify failed" in refused(issuer.url)
    assert issuer.asked == []


def test_a_certificate_of_another_name_is_refused(issuer):
    other = issuer.url.replace("localhost", "127.0.0.1")
    assert "certificate" in refused(other)


def test_nothing_is_fetched_without_tls(issuer):
    assert "unknown url type" in refused(issuer.url.replace("https:", "http:"))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://localhost/x", "data:,x"])
def test_nothing_but_https_is_spoken(url):
    assert "unknown url type" in refused(url)


def test_a_redirect_to_https_is_followed(issuer):
    issuer.pages["/moved"] = issuer.pages[DISCOVERY]
    issuer.redirects[DISCOVERY] = f"{issuer.url}/moved"
    assert fetch_jwks(issuer.url) == KEYS


@pytest.mark.parametrize(
    ("scheme", "said"),
    [
        ("http", "redirects to what is no https URL"),
        ("ftp", "redirects to what is no https URL"),
        ("file", "it answers 302"),
    ],
)
def test_a_redirect_to_anything_else_is_refused(issuer, scheme, said):
    target = issuer.url.replace("https", scheme, 1)
    issuer.redirects["/jwks"] = f"{target}/elsewhere"
    assert said in refused(issuer.url)
    assert all(path != "/elsewhere" for path, _ in issuer.asked)


def test_redirects_come_to_an_end(issuer):
    issuer.redirects[DISCOVERY] = f"{issuer.url}{DISCOVERY}"
    refused(issuer.url)
    assert len(issuer.asked) < 10


@pytest.mark.parametrize("said", ["https://evil.example.com", "", None, "{url}/"])
def test_a_document_of_another_issuer_is_refused(issuer, said):
    document = {"issuer": said and said.replace("{url}", issuer.url), "jwks_uri": issuer.keys_url}
    issuer.pages[DISCOVERY] = json.dumps(document).encode()
    assert "it says it is of" in refused(issuer.url)
    assert "/jwks" not in [path for path, _ in issuer.asked]


@pytest.mark.parametrize("uri", ["http://localhost/jwks", "file:///etc/passwd", None, 5, "jwks"])
def test_keys_elsewhere_than_behind_tls_are_refused(issuer, uri):
    document = {"issuer": issuer.url, "jwks_uri": uri}
    issuer.pages[DISCOVERY] = json.dumps(document).encode()
    assert "its jwks_uri is no https URL" in refused(issuer.url)


def test_keys_behind_what_is_no_url_are_refused(issuer):
    document = {"issuer": issuer.url, "jwks_uri": "https://["}
    issuer.pages[DISCOVERY] = json.dumps(document).encode()
    assert "gave no keys" in refused(issuer.url)


@pytest.mark.parametrize("page", [b"", b"[]", b"<html>", b"\xff", b"[" * 100_000])
def test_a_discovery_document_is_a_json_object(issuer, page):
    issuer.pages[DISCOVERY] = page
    assert "the answer is" in refused(issuer.url)


def test_an_answer_that_is_too_long_is_refused(issuer):
    issuer.pages["/jwks"] = b" " * (LONGEST + 1)
    assert "longer than" in refused(issuer.url)


def test_an_error_is_told_with_its_number(issuer):
    del issuer.pages["/jwks"]
    assert "it answers 404" in refused(issuer.url)


def test_an_issuer_that_never_finishes_is_given_up(issuer):
    issuer.hanging.add("/jwks")
    assert "no complete answer within 0 seconds" in refused(issuer.url, 0.3)


def test_nobody_there_is_told():
    refused("https://localhost:1")
