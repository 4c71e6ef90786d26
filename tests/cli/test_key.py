"""`iamctl key` as a person runs it, on a real vault of the kind `file`."""

import csv
import json
import re
import subprocess

import pytest
import yaml

from tests.cli.terminal import at_terminal

KEY = "AKIAALICE00000000001"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def keys(home, user):
    return yaml.safe_load(home.text())["users"][user].get("keys", {})


def vault_files(home):
    state = home.folder.parent / "state"
    files = (path for path in state.rglob("*") if path.is_file() and path.name != "index.key")
    return b"".join(path.read_bytes() for path in files)


def test_create_keeps_the_secret_to_the_vault(trusted, iamctl, comments):
    done = iamctl("key", "create", "bob", code=0)
    assert done.stdout == ""
    key_id = re.search(r"created access key (AKIA\w{16})", done.stderr)[1]
    entry = keys(trusted, "bob")[key_id]
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", entry["fingerprint"])
    assert key_id in iamctl("vault", "status").stdout + iamctl("vault", "status").stderr
    assert all(comment in trusted.text() for comment in comments)
    iamctl("validate", code=0)


def test_quiet_prints_the_id_alone(trusted, iamctl):
    done = iamctl("key", "create", "bob", "--quiet", code=0)
    assert re.fullmatch(r"AKIA\w{16}\n", done.stdout)
    assert done.stderr == ""
    for arguments in (["--show-secret"], ["-o", "env"]):
        before = trusted.file.read_bytes()
        iamctl("key", "create", "bob", "--quiet", *arguments, code=2)
        assert trusted.file.read_bytes() == before


def test_the_secret_is_shown_when_asked(trusted, iamctl):
    shown = iamctl("key", "create", "bob", "-o", "json", code=0).stdout
    key = json.loads(shown)["AccessKey"]
    assert key["Status"] == "Active"
    assert key["UserName"] == "bob"
    shown = iamctl("key", "create", "bob", "--show-secret", code=0).stdout
    assert re.search(r"^secret access key\t[A-Za-z0-9+/]{40}$", shown, re.MULTILINE)
    for secret in (key["SecretAccessKey"], shown.split("\t")[-1].strip()):
        assert len(secret) == 40
        assert secret not in trusted.text()
        assert secret.encode() not in vault_files(trusted)


def test_env_and_csv_can_be_used(trusted, iamctl):
    script = iamctl("key", "create", "bob", "-o", "env", code=0).stdout
    told = subprocess.run(
        ["sh", "-eu", "-c", f'{script}\nprintf %s "$AWS_ACCESS_KEY_ID"'],
        capture_output=True,
        text=True,
        check=True,
        env={"AWS_SESSION_TOKEN": "old"},
    ).stdout
    assert told in keys(trusted, "bob")
    text = iamctl("key", "create", "bob", "-o", "csv", code=0).stdout
    row = next(csv.DictReader(text.splitlines()))
    assert row["User Name"] == "bob"
    assert row["Access key ID"] in keys(trusted, "bob")
    iamctl("user", "create", "carol", code=0)
    iamctl("key", "delete", row["Access key ID"], "--yes", code=0)
    iamctl("key", "import", "carol", input=text, code=0)
    assert list(keys(trusted, "carol")) == [row["Access key ID"]]


def test_a_third_key_is_refused_with_the_way_out(trusted, iamctl):
    iamctl("key", "create", "alice", code=0)
    before, secrets = trusted.file.read_bytes(), vault_files(trusted)
    done = iamctl("key", "create", "alice", code=4)
    assert f"iamctl key delete {KEY}" in done.stderr
    assert trusted.file.read_bytes() == before
    assert vault_files(trusted) == secrets


def test_list_filters_by_user_age_and_status(trusted, iamctl):
    iamctl("key", "create", "bob", code=0)
    rows = [line.split("\t") for line in iamctl("key", "list", code=0).stdout.splitlines()]
    assert rows[0] == ["key id", "user", "status", "created", "age"]
    assert rows[1][:4] == [KEY, "alice", "active", "2026-01-02"]
    assert iamctl("key", "list", "--older-than", "90d", "-o", "name").stdout == f"{KEY}\n"
    assert KEY not in iamctl("key", "list", "bob").stdout
    iamctl("key", "deactivate", KEY, code=0)
    assert iamctl("key", "list", "--status", "inactive", "-o", "name").stdout == f"{KEY}\n"
    shape = json.loads(iamctl("key", "list", "alice", "-o", "json").stdout)["AccessKeyMetadata"]
    assert shape == [
        {
            "UserName": "alice",
            "AccessKeyId": KEY,
            "Status": "Inactive",
            "CreateDate": "2026-01-02T03:04:05Z",
        }
    ]
    done = iamctl("key", "list", "alice", "--status", "active", code=0)
    assert (done.stdout, done.stderr) == ("", "no access key matches\n")


def test_status_changes_one_line_and_back(team, iamctl):
    before = team.text()
    iamctl("key", "deactivate", KEY, code=0)
    assert "status: inactive" in team.text()
    assert iamctl("key", "deactivate", KEY, code=0).stderr == "nothing to change\n"
    iamctl("key", "activate", KEY, code=0)
    assert team.text() == before


def test_delete_asks_and_takes_the_secret(trusted, iamctl):
    iamctl("key", "import", "alice", input=f"{KEY} {SECRET}", code=0)
    assert KEY in iamctl("vault", "status", "-o", "json").stdout
    iamctl("key", "delete", KEY, code=2)
    iamctl("key", "delete", KEY, "--dry-run", code=0)
    assert KEY in trusted.text()
    iamctl("key", "delete", KEY, "--yes", code=0)
    assert KEY not in trusted.text()
    assert KEY not in iamctl("vault", "status", "-o", "json").stdout


@pytest.mark.parametrize(
    "text",
    [
        f"AKIAIOSFODNN7EXAMPLE {SECRET}\n",
        f"AKIAIOSFODNN7EXAMPLE\n{SECRET}\n",
        f"AKIAIOSFODNN7EXAMPLE,{SECRET}",
        f"\ufeffAccess key ID,Secret access key\r\nAKIAIOSFODNN7EXAMPLE,{SECRET}\r\n",
        f"User Name,Access key ID,Secret access key\nbob,AKIAIOSFODNN7EXAMPLE,{SECRET}\n",
        json.dumps(
            {"AccessKey": {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": SECRET}}
        ),
    ],
)
def test_import_takes_what_keys_are_passed_around_in(trusted, iamctl, text):
    done = iamctl("key", "import", "bob", input=text, code=0)
    assert SECRET not in done.stdout + done.stderr + trusted.text()
    assert "fingerprint" not in keys(trusted, "bob")["AKIAIOSFODNN7EXAMPLE"]
    iamctl("whoami", "--as", "bob", code=0)


def test_import_into_a_second_vault_leaves_the_file(trusted, iamctl):
    before = trusted.text()
    iamctl("key", "import", "alice", input=f"{KEY} {SECRET}", code=0)
    assert trusted.text() == before
    done = iamctl("key", "import", "bob", input=f"{KEY} {SECRET}", code=4)
    assert 'belongs to user "alice"' in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AKIAIOSFODNN7EXAMPLE",
        f"AKIAIOSFODNN7EXAMPLE {SECRET} more",
        f"short {SECRET}",
        "AKIAIOSFODNN7EXAMPLE short",
        f"ASIAIOSFODNN7EXAMPLE {SECRET}",
        f"AKIAIOSFODNN7EXAMPLE {SECRET[:-1]}!",
        f"AKIA\x1b[2JODNN7EXAMPLE {SECRET}",
        f"{SECRET} AKIAIOSFODNN7EXAMPLE",
        f"{SECRET.replace('/', 'x')} AKIAIOSFODNN7EXAMPLE",
        "{",
        '{"AccessKey": []}',
        "[1]",
        ",",
        "a,b\nc,d\ne,f",
    ],
)
def test_import_refuses_what_is_no_key_without_repeating_a_secret(trusted, quick, text):
    before = trusted.file.read_bytes()
    done = quick("key", "import", "bob", input=text)
    assert done.returncode == 2
    assert SECRET[-12:-1] not in done.stderr
    assert "Traceback" not in done.stderr
    assert trusted.file.read_bytes() == before


def test_import_prompts_on_a_terminal_without_echo(trusted):
    answers = [
        ("access key id: ", "AKIAIOSFODNN7EXAMPLE\n"),
        ("secret access key (not shown): ", f"{SECRET}\n"),
    ]
    code, screen = at_terminal(trusted, ["key", "import", "bob"], answers)
    assert code == 0, screen
    assert SECRET not in screen
    assert "AKIAIOSFODNN7EXAMPLE" in keys(trusted, "bob")


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_who_gives_up_at_the_secret_has_changed_nothing(trusted, key):
    before = trusted.file.read_bytes()
    answers = [("access key id: ", "AKIAIOSFODNN7EXAMPLE\n"), ("(not shown): ", key)]
    code, screen = at_terminal(trusted, ["key", "import", "bob"], answers)
    assert (code, "nothing was changed" in screen) == (130, True), screen
    assert trusted.file.read_bytes() == before


def test_rotate_makes_proves_and_then_deactivates(trusted, iamctl):
    done = iamctl("key", "rotate", "alice", code=0)
    assert f"deactivated {KEY}" in done.stderr
    held = keys(trusted, "alice")
    assert held.pop(KEY)["status"] == "inactive"
    (new,) = held
    iamctl("whoami", "--as", "alice", code=0)
    done = iamctl("key", "rotate", "alice", code=4)
    assert "iamctl key delete" in done.stderr
    iamctl("key", "delete", KEY, "--yes", code=0)
    done = iamctl("key", "rotate", new, "--keep-old", "-o", "json", code=0)
    assert json.loads(done.stdout)["AccessKey"]["AccessKeyId"] in keys(trusted, "alice")
    assert all("status" not in key for key in keys(trusted, "alice").values())


def test_rotate_takes_the_default_caller(trusted, iamctl):
    done = iamctl("key", "rotate", code=2)
    assert "no default caller" in done.stderr
    iamctl(
        "config", "set", "directories.5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21.user", "alice", code=0
    )
    assert re.fullmatch(r"AKIA\w{16}\n", iamctl("key", "rotate", "--quiet", code=0).stdout)


def test_dry_run_stores_nothing(trusted, iamctl):
    before, secrets = trusted.file.read_bytes(), vault_files(trusted)
    assert "+      AKIA" in iamctl("key", "create", "bob", "--dry-run", code=0).stdout
    iamctl("key", "import", "bob", "--dry-run", input=f"AKIAIOSFODNN7EXAMPLE {SECRET}", code=0)
    shown = iamctl("key", "rotate", "alice", "--dry-run", code=0).stdout
    assert "+        status: inactive" in shown
    assert trusted.file.read_bytes() == before
    assert vault_files(trusted) == secrets


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["create", "nobody"], 4, "does not exist"),
        (["create", "alice", "-o", "yaml"], 2, "use env, json, csv"),
        (["list", "--status", "gone"], 2, "active or inactive"),
        (["list", "--older-than", "old"], 2, "not a duration"),
        (["list", "nobody"], 4, "does not exist"),
        (["activate", "AKIAALICE00000000002"], 4, f'did you mean "{KEY}"?'),
        (["delete", "AKIANOBODY", "--yes"], 4, "does not exist"),
        (["delete", KEY], 2, "add --yes"),
        (["rotate", "nobody"], 4, "does not exist"),
        (["rotate", "bob"], 4, "has no access key"),
    ],
)
def test_refusals_have_their_code_and_change_nothing(trusted, quick, arguments, code, message):
    before = trusted.file.read_bytes()
    done = quick("key", *arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert trusted.file.read_bytes() == before


@pytest.mark.parametrize("verb", [["create", "bob"], ["rotate", "alice"], ["import", "bob"]])
def test_without_trust_no_vault_is_opened(team, iamctl, verb):
    before = team.file.read_bytes()
    done = iamctl("key", *verb, input=f"AKIAIOSFODNN7EXAMPLE {SECRET}", code=6)
    assert "iamctl trust" in done.stderr
    assert SECRET not in done.stderr
    assert team.file.read_bytes() == before


def test_the_env_kind_stores_nothing(team, iamctl):
    before = team.file.read_bytes()
    env = {"IAMCTL_VAULT": "env"}
    iamctl("init", env=env, code=0)
    done = iamctl("key", "create", "bob", env=env, code=6)
    assert "env" in done.stderr
    assert team.file.read_bytes() == before
