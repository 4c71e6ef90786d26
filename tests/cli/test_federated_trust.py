"""Whom identity providers vouch for, in `role create --allow`, `allow` and `disallow`."""

import json
import time

import pytest
import yaml

from iamctl.cli.complete import complete
from tests.federation.identities import claims, public_jwk, token

PROVIDERS = """
identity_providers:
  # CI
  github:
    url: https://token.actions.githubusercontent.com
    client_ids: [sts.amazonaws.com]

identity_pools:
  web-app:
    id: eu-west-1:5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21
    providers: []
"""


@pytest.fixture
def federated(team):
    team.file.write_text(team.text() + PROVIDERS)
    return team


def statements(iamctl, role):
    document = json.loads(iamctl("role", "trust", role, code=0).stdout)
    return document["Statement"]


def test_a_role_for_one_branch(federated, iamctl):
    iamctl("role", "create", "ship", "--allow", "github/acme/shop@main", code=0)
    assert statements(iamctl, "ship") == [{
        "Effect": "Allow",
        "Principal": {
            "Federated": "arn:aws:iam::111122223333:oidc-provider/"
            "token.actions.githubusercontent.com",
        },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/main",
        }},
    }]  # fmt: skip
    iamctl("validate", code=0)


def test_allow_and_disallow_give_the_file_back(federated, iamctl):
    before = federated.text()
    for name in ("github/acme/shop@main", "pool/web-app", "pool/web-app:guest"):
        iamctl("role", "allow", "deployer", name, code=0)
    assert len(statements(iamctl, "deployer")) == 4
    for name in ("pool/web-app", "github/acme/shop@main", "pool/web-app:guest"):
        iamctl("role", "disallow", "deployer", name, code=0)
    assert federated.text() == before


def test_a_whole_repository_is_asked_for_by_name(federated, iamctl):
    before = federated.text()
    for words in (("role", "allow", "deployer"), ("role", "create", "ship", "--allow")):
        done = iamctl(*words, "github/acme/shop", code=2)
        assert "would let whoever can push" in done.stderr
        assert "--any-ref" in done.stderr
    assert federated.text() == before
    iamctl("role", "allow", "deployer", "github/acme/shop", "--any-ref", code=0)
    assert statements(iamctl, "deployer")[1]["Condition"]["StringLike"] == {
        "token.actions.githubusercontent.com:sub": "repo:acme/shop:*"
    }
    iamctl("role", "disallow", "deployer", "github/acme/shop", code=0)
    assert federated.text() == before


def test_a_provider_that_is_missing_is_named(team, iamctl):
    done = iamctl("role", "allow", "deployer", "github/acme/shop@main", code=4)
    assert "hint: iamctl provider create github --url https://token.actions" in done.stderr


def test_completion_knows_the_words(federated, monkeypatch):
    monkeypatch.chdir(federated.folder)

    def after(word):
        return complete(["iamctl", "role", "allow", "deployer", word], 4)

    assert {"github/", "eks/", "provider/", "pool/"} <= set(after(""))
    assert after("provider/") == ["provider/github"]
    assert after("pool/w") == ["pool/web-app"]


@pytest.mark.parametrize(("sub", "aud", "code"), [
    ("repo:acme/shop:ref:refs/heads/main", "sts.amazonaws.com", 0),
    ("repo:acme/shop:ref:refs/heads/main2", "sts.amazonaws.com", 5),
    ("repo:acme/shop:environment:main", "sts.amazonaws.com", 5),
    ("repo:acme/shop:pull_request", "sts.amazonaws.com", 5),
    ("repo:acme/shop2:ref:refs/heads/main", "sts.amazonaws.com", 5),
    ("repo:acme/shop:ref:refs/heads/main", "https://github.com/acme", 5),
])  # fmt: skip
def test_a_signed_token_of_a_job_gets_the_role_and_its_neighbours_do_not(
    trusted, iamctl, sub, aud, code
):
    url = "https://token.actions.githubusercontent.com"
    provider = {"url": url, "client_ids": ["sts.amazonaws.com"], "jwks": {"main": public_jwk()}}
    sections = yaml.safe_dump({"identity_providers": {"github": provider}}, sort_keys=False)
    trusted.file.write_text(f"{trusted.text()}\n{sections}")
    iamctl("role", "create", "ship", "--allow", "github/acme/shop@main", code=0)
    now = int(time.time())
    signed = token(claims(iss=url, sub=sub, aud=aud, iat=now - 5, exp=now + 600))
    (trusted.folder / "token").write_text(signed)
    words = ("ship", "--role-session-name", "ci", "--web-identity-token", "file://token")
    done = iamctl("assume-role-with-web-identity", *words, "-o", "json")
    assert done.returncode == code, done.stderr
    if code == 0:
        said = json.loads(done.stdout)
        assert said["AssumedRoleUser"]["Arn"].endswith(":assumed-role/ship/ci")
        assert said["SubjectFromWebIdentityToken"] == sub


def test_users_and_guests_of_a_pool_get_the_roles_that_trust_them(trusted, iamctl):
    """An application, end to end: provider, pool, two roles, a login and a guest."""
    url = "https://accounts.google.com"
    provider = {"url": url, "client_ids": ["web.example"], "jwks": {"main": public_jwk()}}
    sections = yaml.safe_dump({"identity_providers": {"google": provider}}, sort_keys=False)
    trusted.file.write_text(f"{trusted.text()}\n{sections}")
    iamctl("pool", "create", "web", "--region", "eu-west-1", "--provider", "google", code=0)
    iamctl("role", "create", "app-user", "--allow", "pool/web", code=0)
    iamctl("role", "create", "app-guest", "--allow", "pool/web:guest", code=0)

    def arn_of(*login):
        (identity,) = iamctl("pool", "get-id", "web", *login, "-o", "name", code=0).stdout.split()
        words = ("pool", "credentials", "web", identity, *login, "-o", "dotenv")
        done = iamctl(*words)
        if done.returncode:
            return done.stderr
        given = dict(line.split("=", 1) for line in done.stdout.splitlines())
        return json.loads(iamctl("whoami", "-o", "json", env=given, code=0).stdout)["Arn"]

    now = int(time.time())
    signed = token(claims(iss=url, sub="1", aud="web.example", iat=now - 5, exp=now + 600))
    (trusted.folder / "token").write_text(signed)
    login = ("--login", "google=file://token")
    right = ("--authenticated-role", "app-user", "--guest-role", "app-guest")
    swapped = ("--authenticated-role", "app-guest", "--guest-role", "app-user")
    iamctl("pool", "set-roles", "web", *right, code=0)
    assert ":assumed-role/app-user/" in arn_of(*login)
    assert ":assumed-role/app-guest/" in arn_of()
    iamctl("pool", "set-roles", "web", *swapped, code=0)
    assert "Invalid identity pool configuration" in arn_of(*login)
    assert "Invalid identity pool configuration" in arn_of()
