"""Sessions of every kind out of the command line, and what ends them there."""

import json
import re
import time

import pytest
import yaml

from tests.cli.conftest import UUID, Result
from tests.cli.forked import forked
from tests.federation import saml_identities as idp
from tests.federation.identities import URL, claims, public_jwk, token

ACCOUNT = "111122223333"
HOST = URL.removeprefix("https://")
IAM, STS = f"arn:aws:iam::{ACCOUNT}", f"arn:aws:sts::{ACCOUNT}"
SAML = f"{IAM}:saml-provider/corp"
INVALID = "The security token included in the request is invalid."
INSTANT = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def statement(action, **more):
    return {"Effect": "Allow", "Action": action, **more}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def directory():
    trusts = (
        statement("sts:*", Principal={"AWS": f"{IAM}:user/ann"}),
        statement("sts:*", Principal={"Federated": [f"{IAM}:oidc-provider/{HOST}", SAML]}),
    )
    onward = statement("sts:*", Principal={"AWS": f"{IAM}:role/engineer"})
    may = document(statement("*", Resource="*"))
    return {
        "iamctl": 1,
        "directory": UUID,
        "account": {"id": ACCOUNT},
        "users": {"ann": {"id": "AIDAANN00000000000001", "inline": {"May": may}}},
        "roles": {
            "engineer": {"id": "AROAENGINEER000000001", "trust": document(*trusts)},
            "next": {"id": "AROANEXT0000000000001", "trust": document(onward)},
        },
        "identity_providers": {
            "idp": {
                "url": URL,
                "client_ids": ["sts.amazonaws.com"],
                "jwks": {"main": public_jwk()},
            },
            "corp": {"saml_metadata": idp.metadata()},
        },
    }


class Machine:
    """Where ann has a key, and where tokens and assertions of this minute lie in files."""

    def __init__(self, home):
        self.home = home
        home.file.write_text(yaml.safe_dump(directory(), sort_keys=False))
        now = int(time.time())
        text = token(claims(iat=now - 5, exp=now + 600))
        (home.folder / "token").write_text(text)
        listed = idp.attribute(f"{idp.PREFIX}Role", f"{IAM}:role/engineer,{SAML}")
        said = idp.good(
            attributes=(listed, idp.ATTRIBUTES[1]),
            begin=now - 60,
            end=now + 300,
            confirmed_until=now + 300,
        )
        (home.folder / "response").write_text(said)
        self.key = json.loads(self.run("key", "create", "ann", "-o", "json").stdout)["AccessKey"]

    def run(self, *arguments, code=0, **environ):
        home = self.home._replace(environment={**self.home.environment, **environ})
        done = Result(arguments, *forked(home, arguments, stdin=""))
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done

    def session(self, kind):
        """AWS's answer, and the environment of its credentials."""
        environ = self.session("role")[1] if kind == "chained role" else {}
        said = json.loads(self.run(*CALLS[kind], "-o", "json", **environ).stdout)
        given = said["Credentials"]
        return said, {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }


CALLS = {
    "role": ("assume-role", "engineer", "--as", "ann"),
    "chained role": ("assume-role", "next", "--chain"),
    "web identity": ("assume-role-with-web-identity", "engineer", "--session-name", "job",
                     "--web-identity-token", "file://token"),
    "SAML": ("assume-role-with-saml", "engineer", "--principal-arn", SAML, "--saml-assertion",
             "file://response"),
    "session token": ("get-session-token", "--as", "ann", "--duration", "1h"),
    "federated user": ("get-federation-token", "bot", "--as", "ann", "--duration", "1h"),
}  # fmt: skip
OF_ENGINEER, OF_ANN = ("role", "web identity", "SAML"), ("session token", "federated user")
ARNS = {
    "role": f"{STS}:assumed-role/engineer/ann",
    "chained role": f"{STS}:assumed-role/next/ann",
    "web identity": f"{STS}:assumed-role/engineer/job",
    "SAML": f"{STS}:assumed-role/engineer/alice@example.com",
    "session token": f"{IAM}:user/ann",
    "federated user": f"{STS}:federated-user/bot",
}


@pytest.fixture
def machine(trusted):
    return Machine(trusted)


@pytest.mark.parametrize("kind", CALLS)
def test_credentials_have_awss_form_and_say_their_end(machine, kind):
    before = int(time.time())
    said, environ = machine.session(kind)
    given = said["Credentials"]
    assert list(given) == ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"]
    assert re.fullmatch(r"ASIA[A-Z2-7]{16}", given["AccessKeyId"])
    assert re.fullmatch(r"[A-Za-z0-9+/]{40}", given["SecretAccessKey"])
    assert re.fullmatch(INSTANT, given["Expiration"])
    ends = time.strptime(given["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
    lasts = time.mktime(ends) - time.timezone - before
    assert 3600 <= lasts <= 3660
    for call in ("whoami", "get-caller-identity"):
        assert json.loads(machine.run(call, "-o", "json", **environ).stdout)["Arn"] == ARNS[kind]


ENDS = [
    (("role", "delete", "engineer", "--cascade", "--yes"), OF_ENGINEER, "its role was deleted"),
    (("role", "delete", "next", "--cascade", "--yes"), ("chained role",), "its role was deleted"),
    (("user", "delete", "ann", "--cascade", "--yes"), OF_ANN, "its user was deleted"),
    (("key", "deactivate", "KEY"), OF_ANN, "is inactive or deleted"),
    (("key", "delete", "KEY", "--yes"), OF_ANN, "is inactive or deleted"),
    (
        ("vault", "rotate-signing-key", "--now", "--yes"),
        tuple(CALLS),
        "by a key that has been retired",
    ),
]


def test_a_command_kills_the_sessions_that_hang_on_it_and_no_others(machine):
    """Between the edits the file is put back as it was, and all of them live again."""
    sessions = {kind: machine.session(kind)[1] for kind in CALLS}
    before = machine.home.file.read_text()
    for edit, whose, hint in ENDS:
        machine.home.file.write_text(before)
        machine.run(*(machine.key["AccessKeyId"] if word == "KEY" else word for word in edit))
        for kind, environ in sessions.items():
            if kind not in whose:
                done = machine.run("whoami", "-o", "json", **environ)
                assert json.loads(done.stdout)["Arn"] == ARNS[kind], edit
                continue
            for call in ("whoami", "get-caller-identity"):
                done = machine.run(call, "-o", "json", code=5, **environ)
                assert done.stdout == ""
                error = json.loads(done.stderr)["Error"]
                assert error["Code"] == "InvalidClientTokenId"
                assert error["Message"] == INVALID
                assert hint in error["Hint"], edit


REVOCATIONS = [
    (("role", "revoke-sessions", "engineer", "--yes"), OF_ENGINEER),
    (("role", "revoke-sessions", "next", "--yes"), ("chained role",)),
    (("user", "revoke-sessions", "ann", "--yes"), OF_ANN),
    (
        ("user", "revoke-sessions", "ann", "--roles", "--yes"),
        (*OF_ENGINEER, *OF_ANN, "chained role"),
    ),
]


def test_a_revoked_session_says_so_and_still_has_its_name(machine):
    sessions = {kind: machine.session(kind)[1] for kind in CALLS}
    before = machine.home.file.read_text()
    for edit, whose in REVOCATIONS:
        machine.home.file.write_text(before)
        machine.run(*edit)
        for kind, environ in sessions.items():
            if kind not in whose:
                machine.run("whoami", **environ)
                continue
            done = machine.run("get-caller-identity", "-o", "json", **environ)
            assert json.loads(done.stdout)["Arn"] == ARNS[kind]
            done = machine.run("whoami", "-o", "json", code=5, **environ)
            error = json.loads(done.stderr)["Error"]
            assert error["Code"] == "AccessDenied"
            assert "is revoked" in error["Message"]


def test_a_role_made_again_under_its_name_is_another(machine):
    _, environ = machine.session("role")
    machine.run("role", "delete", "engineer", "--cascade", "--yes")
    machine.run("role", "create", "engineer", "--allow", "user/ann")
    done = machine.run("whoami", code=5, **environ)
    assert "deleted and made again" in done.stderr
    assert json.loads(machine.run("whoami", "-o", "json", **machine.session("role")[1]).stdout)


def test_a_user_made_again_under_its_name_is_another(machine):
    sessions = [machine.session(kind)[1] for kind in OF_ANN]
    machine.run("user", "delete", "ann", "--cascade", "--yes")
    machine.run("user", "create", "ann")
    for environ in sessions:
        assert "its user was deleted" in machine.run("whoami", code=5, **environ).stderr


def test_a_session_that_is_over_says_so(machine):
    """What was issued an hour ago, as the vault's own signing key can tell."""
    from iamctl.sts.session import issue_session
    from iamctl.sts.token import Claims
    from iamctl.vault import VaultSettings, open_vault, vault_folder

    state = f"{machine.home.environment['XDG_STATE_HOME']}/iamctl"
    settings = VaultSettings(machine.home.environment, lambda n: b"\x07" * n)
    vault = open_vault(vault_folder(state, UUID), UUID, "file", settings)
    now = int(time.time())
    for kind, subject in (("role", "AROAENGINEER000000001"),
                          ("session-token", "AIDAANN00000000000001"),
                          ("federated-user", "AIDAANN00000000000001")):  # fmt: skip
        made = Claims(
            issuer=UUID, type=kind, subject=subject, caller="AIDAANN00000000000001",
            caller_key=machine.key["AccessKeyId"], key_id="ASIAAAAAAAAAAAAAAAAA",
            name="" if kind == "session-token" else "ann", issued=now - 3600, expires=now,
        )  # fmt: skip
        given = issue_session(vault.signing_keys()[0], made)
        environ = {
            "AWS_ACCESS_KEY_ID": given.access_key_id,
            "AWS_SECRET_ACCESS_KEY": given.secret_access_key.reveal_text(),
            "AWS_SESSION_TOKEN": given.session_token.reveal_text(),
        }
        for call in ("whoami", "get-caller-identity"):
            done = machine.run(call, "-o", "json", code=5, **environ)
            error = json.loads(done.stderr)["Error"]
            assert error["Code"] == "ExpiredToken"
            assert error["Message"] == "The security token included in the request is expired"
