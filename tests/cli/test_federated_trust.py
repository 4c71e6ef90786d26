"""Whom identity providers vouch for, in `role create --allow`, `allow` and `disallow`."""

import json

import pytest

from iamctl.cli.complete import complete

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
