"""`iamctl provider` as a person runs it: kinds, client ids, and keys that are reviewed."""

import json
import os
import time

import pytest
import yaml
from cryptography.hazmat.primitives import hashes

from tests.cli.conftest import TEAM
from tests.federation.identities import URL, claims, public_jwk, token
from tests.federation.issuer import Issuer, Proxy
from tests.federation.saml_identities import certificate, key_descriptor, metadata

GITHUB = "https://token.actions.githubusercontent.com"
ACCOUNT = "111122223333"


def jwks(**names):
    """A key set: key id -> the name of a key of the tests."""
    return json.dumps({"keys": [{**public_jwk(name), "kid": kid} for kid, name in names.items()]})


@pytest.fixture
def machine(trusted):
    """The team's trusted directory; two documents lie beside it."""
    (trusted.folder / "keys.json").write_text(jwks(main="main"))
    (trusted.folder / "corp.xml").write_text(metadata())
    return trusted


def section(home):
    return yaml.safe_load(home.text())["identity_providers"]


def test_a_provider_from_its_creation_to_its_end(machine, iamctl, comments):
    iamctl("provider", "create", "github", "--url", GITHUB, "--client-id", "sts.amazonaws.com",
           "--jwks", "keys.json", "--tag", "a=b", code=0)  # fmt: skip
    made = section(machine)["github"]
    assert (made["url"], made["client_ids"]) == (GITHUB, ["sts.amazonaws.com"])
    assert made["jwks"] == {"main": public_jwk()}
    iamctl("provider", "add-client-id", "github", "more", code=0)
    iamctl("provider", "remove-client-id", "github", "sts.amazonaws.com", code=0)
    assert section(machine)["github"]["client_ids"] == ["more"]
    iamctl("provider", "rename", "github", "actions", code=0)
    iamctl("provider", "untag", "actions", "a", code=0)
    iamctl("validate", code=0)
    refused = iamctl("provider", "delete", "actions", code=2)
    assert "no terminal" in refused.stderr
    iamctl("provider", "delete", "actions", "--yes", code=0)
    assert yaml.safe_load(machine.text()).get("identity_providers", {}) == {}
    assert all(comment in machine.text() for comment in comments)


def test_lists_and_answers_are_awss(machine, quick):
    quick("provider", "create", "github", "--url", GITHUB, "--client-id", "x")
    made = quick("provider", "create", "corp", "--metadata", "corp.xml", "-o", "json")
    assert json.loads(made.stdout)["SAMLMetadataDocument"] == metadata() + "\n"
    listed = json.loads(quick("provider", "list", "-o", "json").stdout)
    arn = f"arn:aws:iam::{ACCOUNT}:"
    assert listed == {
        "OpenIDConnectProviderList": [
            {"Arn": f"{arn}oidc-provider/token.actions.githubusercontent.com"}
        ],
        "SAMLProviderList": [{"Arn": f"{arn}saml-provider/corp"}],
    }
    assert quick("provider", "list", "-o", "name").stdout == "corp\ngithub\n"
    rows = quick("provider", "list").stdout.splitlines()
    assert rows[1].split("\t")[:4] == ["corp", "SAML", "", ""]
    assert rows[2].split("\t")[:4] == ["github", "OIDC", GITHUB, "x"]
    said = json.loads(quick("provider", "show", "github", "-o", "json").stdout)
    assert said["Url"] == "token.actions.githubusercontent.com"


def test_the_keys_of_a_provider_are_shown_with_their_thumbprints(machine, quick):
    quick("provider", "create", "github", "--url", GITHUB, "--jwks", "keys.json")
    thumbprint = rfc_7638(public_jwk())
    shown = quick("provider", "show", "github").stdout
    assert f"signing keys\tmain (RS256, RSA) sha256 {thumbprint}\n" in shown
    assert quick("show", "provider/github").stdout == shown
    said = json.loads(quick("provider", "show", "github", "-o", "json").stdout)
    assert said["SigningKeys"] == [{"KeyId": "main", "Thumbprint": thumbprint}]
    made = quick("provider", "create", "other", "--url", f"{GITHUB}/x", "--jwks", "keys.json",
                 "-o", "json")  # fmt: skip
    assert json.loads(made.stdout)["SigningKeys"] == said["SigningKeys"]


def test_the_thumbprints_of_a_new_provider_are_shown(machine, quick):
    done = quick("provider", "create", "github", "--url", GITHUB, "--jwks", "keys.json")
    assert f"key main: sha256 {rfc_7638(public_jwk())}" in done.stderr
    done = quick("provider", "create", "corp", "--metadata", "corp.xml")
    print_ = certificate().fingerprint(hashes.SHA256()).hex()
    assert f"certificate: sha256 {print_}" in done.stderr


def test_metadata_stands_in_the_file_as_lines_with_the_ends_of_xml(machine, quick):
    (machine.folder / "crlf.xml").write_bytes(metadata().replace("\n", "\r\n").encode("utf-8-sig"))
    done = quick("provider", "create", "corp", "--metadata", "crlf.xml")
    assert done.returncode == 0, done
    assert "saml_metadata: |\n" in machine.text()
    assert section(machine)["corp"]["saml_metadata"] == metadata() + "\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "x"),
        ("create", "x", "--url", GITHUB, "--metadata", "corp.xml"),
        ("create", "x", "--metadata", "corp.xml", "--client-id", "a"),
        ("create", "x", "--metadata", "keys.json"),
        ("create", "x", "--url", GITHUB, "--jwks", "corp.xml"),
        ("create", "x", "--url", "http://idp.example.com"),
        ("create", "x", "--url", "https://idp.example.com:8443"),
        ("update-metadata", "corp"),
        ("refresh", "corp", "--jwks", "keys.json", "--yes"),
        ("update-metadata", "github", "--metadata", "corp.xml", "--yes"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(machine, quick, arguments):
    machine.file.write_text(TEAM + "\n" + providers_text())
    before = machine.text()
    done = quick("provider", *arguments)
    assert done.returncode == 2, done
    assert machine.text() == before


def providers_text():
    found = {
        "corp": {"saml_metadata": metadata()},
        "github": {"url": URL, "client_ids": ["sts.amazonaws.com"], "jwks": {"old": public_jwk()}},
    }
    return yaml.safe_dump({"identity_providers": found}, sort_keys=False)


def test_a_private_key_never_gets_into_the_file(machine, quick):
    secret = {**public_jwk(), "kid": "x", "d": "c2VjcmV0"}
    done = quick("provider", "create", "x", "--url", GITHUB, "--jwks", "-",
                 input=json.dumps({"keys": [secret]}))  # fmt: skip
    assert done.returncode == 2, done
    assert "private" in done.stderr
    assert "c2VjcmV0" not in machine.text() + done.stderr


@pytest.fixture
def issuer(machine, tmp_path):
    """The issuer of `URL` on loopback; the environment by which iamctl reaches it."""
    machine.file.write_text(TEAM + "\n" + providers_text())
    host = URL.split("/")[2]
    with Issuer(tmp_path, host) as running, Proxy(running.port) as proxy:
        keys_url = f"https://{host}/jwks"
        running.publish(URL, jwks(new="new", old="main"), keys_url)
        environment = {"HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": str(running.authority)}
        yield running, proxy, environment


def test_refresh_shows_each_key_that_comes_or_goes_and_writes_what_was_confirmed(
    machine, iamctl, issuer
):
    running, proxy, env = issuer
    dry = iamctl("provider", "refresh", "github", "--dry-run", env=env, code=0)
    assert "+      new:" in dry.stdout
    assert "new" not in section(machine)["github"]["jwks"]
    asked = iamctl("provider", "refresh", "github", env=env, code=2)
    assert "no terminal" in asked.stderr
    done = iamctl("provider", "refresh", "github", "--yes", env=env, code=0)
    thumbprint = rfc_7638(public_jwk("new"))
    assert f"key new comes: sha256 {thumbprint}" in done.stderr
    assert f"key old stays: sha256 {rfc_7638(public_jwk())}" in done.stderr
    assert section(machine)["github"]["jwks"].keys() == {"old", "new"}
    assert set(proxy.asked) == {f"{URL.split('/')[2]}:443"}
    running.publish(URL, jwks(new="new"), f"https://{URL.split('/')[2]}/jwks")
    done = iamctl("provider", "refresh", "github", "--yes", env=env, code=0)
    assert "key old goes" in done.stderr
    assert section(machine)["github"]["jwks"] == {"new": public_jwk("new")}


def rfc_7638(key):
    from joserfc.jwk import RSAKey

    return RSAKey.import_key({name: key[name] for name in ("kty", "n", "e")}).thumbprint()


def test_a_token_of_a_new_key_is_good_after_the_refresh_and_one_of_an_old_key_no_more(
    machine, iamctl, issuer
):
    running, _, env = issuer
    running.publish(URL, jwks(new="new"), f"https://{URL.split('/')[2]}/jwks")
    iamctl("role", "create", "runner", "--allow", "provider/github", code=0)
    now = int(time.time())
    said = claims(iat=now - 5, exp=now + 600)
    for name, kid in (("main", "old"), ("new", "new")):
        (machine.folder / kid).write_text(token(said, name=name, kid=kid))
    assume = ("assume-role-with-web-identity", "runner", "--session-name", "ci",
              "--web-identity-token")  # fmt: skip
    iamctl(*assume, "file://old", "-o", "json", code=0)
    refused = iamctl(*assume, "file://new", "-o", "json", code=5)
    assert "iamctl provider refresh github" in refused.stderr
    iamctl("provider", "refresh", "github", "--yes", env=env, code=0)
    iamctl(*assume, "file://new", "-o", "json", code=0)
    iamctl(*assume, "file://old", "-o", "json", code=5)


def test_an_issuer_that_is_not_to_be_trusted_ends_in_9_and_changes_nothing(machine, iamctl, issuer):
    running, _, env = issuer
    before = machine.text()
    untrusted = {**env, "SSL_CERT_FILE": os.devnull}
    done = iamctl("provider", "refresh", "github", "--yes", env=untrusted, code=9)
    assert "certificate" in done.stderr
    running.publish("https://evil.example.com", jwks(evil="mallory"))
    running.pages["/tenant/.well-known/openid-configuration"] = json.dumps(
        {"issuer": "https://evil.example.com", "jwks_uri": running.keys_url}
    ).encode()
    done = iamctl("provider", "refresh", "github", "--yes", "-o", "json", env=env)
    assert done.returncode == 2  # an editing command has no output form
    done = iamctl("provider", "refresh", "github", "--yes", env=env, code=9)
    assert "it says it is of" in done.stderr
    assert machine.text() == before


def test_keys_from_a_file_need_no_network(machine, iamctl):
    machine.file.write_text(TEAM + "\n" + providers_text())
    (machine.folder / "next.json").write_text(jwks(next="next"))
    iamctl("provider", "refresh", "github", "--jwks", "next.json", "--yes", code=0)
    assert section(machine)["github"]["jwks"] == {"next": public_jwk("next")}
    again = iamctl("provider", "refresh", "github", "--jwks", "next.json", "--yes", code=0)
    assert "nothing to change" in again.stderr


def test_metadata_is_replaced_after_its_certificates_were_shown(machine, iamctl):
    machine.file.write_text(TEAM + "\n" + providers_text())
    new = metadata(key_descriptor(certificate("next")), entity="https://next.example.com")
    (machine.folder / "next.xml").write_text(new)
    done = iamctl("provider", "update-metadata", "corp", "--metadata", "next.xml", "--yes", code=0)
    for word in ("certificate goes: sha256 ", "certificate comes: sha256 ", "entity id: "):
        assert word in done.stderr
    assert section(machine)["corp"]["saml_metadata"] == new + "\n"
