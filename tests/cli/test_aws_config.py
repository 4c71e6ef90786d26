"""`iamctl aws-config`: profiles that the real AWS CLI and the real SDK get credentials through."""

import json
import os
import shlex
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

MINE = "# mine\r\n[default]\r\nregion = eu-west-1\r\n"


@pytest.fixture
def person(trusted, iamctl):
    """Alice with a key in the vault; the AWS config file has something of hers."""
    iamctl("key", "create", "alice", code=0)
    config_of(trusted).parent.mkdir()
    config_of(trusted).write_bytes(MINE.encode())
    return trusted


def config_of(home) -> Path:
    return Path(home.environment["HOME"]) / ".aws" / "config"


def program(home, *words, **more):
    """A program of the virtual environment, run somewhere else than in the working folder."""
    return subprocess.run(
        [Path(sys.executable).parent / words[0], *words[1:]],
        capture_output=True,
        text=True,
        cwd=home.environment["HOME"],
        env=home.environment | more,
        timeout=120,
        check=False,
    )


ANSWER = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    "<GetCallerIdentityResult><Arn>{arn}</Arn><UserId>x</UserId><Account>111122223333</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


@pytest.fixture
def sts():
    """A stand-in for STS on loopback, which says back the key id and token that signed."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            key_id = self.headers["Authorization"].split("Credential=")[1].split("/")[0]
            token = self.headers["X-Amz-Security-Token"]
            body = ANSWER.format(arn=f"{key_id} {token}").encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_real_aws_cli_signs_with_the_role(person, iamctl, sts):
    iamctl("aws-config", "install", "deployer", "--as", "alice", "--region", "eu-west-1", code=0)
    line = ("aws", "sts", "get-caller-identity", "--profile", "deployer", "--endpoint-url", sts)
    done = program(person, *line)
    assert done.returncode == 0, done.stderr
    key_id, token = json.loads(done.stdout)["Arn"].split()
    assert key_id.startswith("ASIA")
    forged = {
        "AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": "x" * 40, "AWS_SESSION_TOKEN": token,
    }  # fmt: skip
    assert "secret" in iamctl("whoami", env=forged, code=5).stderr  # all but the secret is right
    iamctl("key", "create", "bob", code=0)
    iamctl("aws-config", "install", "deployer", "--as", "bob", "--region", "eu-west-1", code=0)
    done = program(person, *line)
    assert done.returncode != 0
    assert "is not authorized to perform: sts:AssumeRole" in done.stderr
    assert done.stdout == ""


def test_the_real_sdk_gets_the_role(person, iamctl):
    iamctl("aws-config", "install", "deployer", "--as", "alice", "--region", "eu-north-1", code=0)
    script = (
        "import boto3; session = boto3.Session(profile_name='deployer');"
        "frozen = session.get_credentials().get_frozen_credentials();"
        "print(session.region_name, frozen.access_key[:4], bool(frozen.token))"
    )
    done = program(person, "python", "-c", script)
    assert done.stdout == "eu-north-1 ASIA True\n", done.stderr


def test_install_list_remove(person, iamctl):
    done = iamctl("aws-config", "install", "deployer", "--as", "alice", code=0)
    first, note = done.stderr.splitlines()
    assert first == f"profile deployer assumes deployer: {config_of(person)}"
    assert "only iamctl verifies" in note
    assert config_of(person).read_bytes().startswith(MINE.encode())
    process = config_of(person).read_text().split("credential_process = ")[1].strip()
    assert shlex.split(process) == [
        sys.executable, "-P", "-m", "iamctl", "assume-role", "deployer", "-o", "process",
        "--directory", str(person.file), "--as", "alice",
    ]  # fmt: skip
    again = iamctl("aws-config", "install", "deployer", "--as", "alice", code=0)
    assert again.stderr == "nothing to change\n"
    iamctl("aws-config", "install", "deployer", "--as", "alice", "--profile", "work", code=0)
    listed = json.loads(iamctl("aws-config", "list", "-o", "json", code=0).stdout)
    assert [(p["profile"], p["role"], p["user"]) for p in listed] == [
        ("deployer", "deployer", "alice"), ("work", "deployer", "alice"),
    ]  # fmt: skip
    assert {p["directory"] for p in listed} == {str(person.file)}
    iamctl("aws-config", "remove", "deployer", code=0)
    iamctl("aws-config", "remove", "deployer", code=0)  # by its role, for one alone is left
    assert config_of(person).read_bytes() == MINE.encode()
    assert "wrote no profile" in iamctl("aws-config", "remove", "deployer", code=4).stderr
    empty = iamctl("aws-config", "list", code=0)
    assert (empty.stdout, empty.stderr) == ("", "iamctl wrote no profile\n")


def test_several_profiles_of_a_role(person, iamctl):
    for name in ("one", "two"):
        iamctl("aws-config", "install", "deployer", "--profile", name, code=0)
    assert "name one: one, two" in iamctl("aws-config", "remove", "deployer", code=2).stderr


def test_an_edited_profile_is_listed_as_edited_and_kept(person, iamctl):
    iamctl("aws-config", "install", "deployer", "--as", "alice", code=0)
    text = config_of(person).read_text().replace("--as alice", "--as bob")
    config_of(person).write_text(text)
    assert "edited" in iamctl("aws-config", "list", code=0).stdout.splitlines()[1]
    iamctl("aws-config", "remove", "deployer", code=4)
    iamctl("aws-config", "install", "deployer", code=4)
    assert config_of(person).read_text() == text


def test_a_dry_run_prints_the_diff(person, iamctl):
    words = ("aws-config", "install", "deployer", "--as", "alice")
    done = iamctl(*words, "--dry-run", code=0)
    assert "+[profile deployer]\n" in done.stdout
    assert "\n-" not in done.stdout.partition("@@")[2]
    assert done.stderr == ""
    assert config_of(person).read_bytes() == MINE.encode()
    iamctl(*words, code=0)
    assert iamctl(*words, "--dry-run", code=0).stdout == "# nothing would change\n"
    done = iamctl("aws-config", "remove", "deployer", "--dry-run", code=0)
    assert "-[profile deployer]\n" in done.stdout
    assert "deployer" in config_of(person).read_text()


@pytest.mark.parametrize(("words", "code"), [
    (("nobody",), 4), (("deployer", "--as", "nobody"), 4), (("deployer", "--profile", "a b"), 2),
    (("deployer", "--region", "x\ny"), 2), (("",), 4),
])  # fmt: skip
def test_what_is_refused_writes_nothing(person, iamctl, words, code):
    done = iamctl("aws-config", "install", *words, code=code)
    assert done.stdout == ""
    assert config_of(person).read_bytes() == MINE.encode()


def test_a_profile_of_my_own_is_kept(person, iamctl):
    text = "[profile deployer]\nregion = eu-west-1\n"
    config_of(person).write_text(text)
    assert "did not write" in iamctl("aws-config", "install", "deployer", code=4).stderr
    iamctl("aws-config", "remove", "deployer", code=4)
    assert config_of(person).read_text() == text


def test_the_callers_the_alias_and_the_file_of_the_environment(person, iamctl, tmp_path):
    elsewhere = tmp_path / "else where" / "config"
    env = {"AWS_CONFIG_FILE": "~/else where/config"}
    iamctl("config", "set", "aliases.prod", "deployer", code=0)
    done = iamctl("aws-config", "install", "prod", env=env, code=0)
    assert "--as USER names one" in done.stderr
    assert "--as" not in elsewhere.read_text()
    uuid = "5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21"
    iamctl("config", "set", f"directories.{uuid}.user", "alice", code=0)
    done = iamctl("aws-config", "install", "prod", env=env, code=0)
    assert done.stderr.startswith(f"profile deployer assumes deployer: {elsewhere}\n")
    assert "--as USER" not in done.stderr
    assert "--as alice" in elsewhere.read_text()
    assert config_of(person).read_bytes() == MINE.encode()


def test_a_profile_for_real_aws(person, iamctl):
    """Called with another profile, never with itself; no user of the file is the caller."""
    uuid = "5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21"
    iamctl("config", "set", f"directories.{uuid}.user", "alice", code=0)
    iamctl("config", "set", f"directories.{uuid}.aws.profile", "base", code=0)
    done = iamctl("aws-config", "install", "deployer", "--aws", code=0)
    assert done.stderr == f"profile deployer assumes deployer: {config_of(person)}\n"
    (listed,) = json.loads(iamctl("aws-config", "list", "-o", "json", code=0).stdout)
    assert listed["aws"] == "yes"
    assert "user" not in listed
    before = config_of(person).read_bytes()
    for words in (("--profile", "base"), ("--as", "alice", "--profile", "other")):
        iamctl("aws-config", "install", "deployer", "--aws", *words, code=2)
    assert config_of(person).read_bytes() == before


def test_a_role_whose_name_looks_like_an_option(person, iamctl):
    iamctl("role", "create", "--allow", "user/alice", "--", "-h", code=0)
    words = ("--as", "alice", "--profile", "odd")
    iamctl("aws-config", "install", *words, "--", "-h", code=0)
    (listed,) = json.loads(iamctl("aws-config", "list", "-o", "json", code=0).stdout)
    assert (listed["role"], listed["user"]) == ("-h", "alice")
    (line,) = [x for x in config_of(person).read_text().splitlines() if "credential_process" in x]
    done = program(person, "python", *shlex.split(line.partition(" = ")[2])[1:])
    assert json.loads(done.stdout)["Version"] == 1, done.stderr


def test_no_home_no_file_below_the_working_folder(person, iamctl):
    done = iamctl("aws-config", "install", "deployer", env={"HOME": "home"}, code=8)
    assert "home folder" in done.stderr
    assert os.listdir(person.folder) == ["directory.yaml"]
