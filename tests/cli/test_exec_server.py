"""The AWS CLI and boto3, unmodified, beside `exec --server`: renewed, and told of an end."""

import os
import re
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.terminal import COMMAND

PATIENCE = 90
AWS = str(Path(sys.executable).with_name("aws"))

# Uses one client for every line on its standard input.
USES = """
import sys, boto3, botocore.exceptions
provider = boto3.Session().get_credentials()
print(provider.method, flush=True)
for line in sys.stdin:
    try:
        frozen = provider.get_frozen_credentials()
        print(frozen.access_key, len(frozen.token) > 100, flush=True)
    except botocore.exceptions.BotoCoreError as error:
        print(type(error).__name__, error, flush=True)
"""


@pytest.fixture
def person(trusted, iamctl):
    """Alice with a key, the default caller; she may call for eight more minutes.

    A session ends with the membership that it was granted through, and no SDK lets one of less
    than ten minutes pass: botocore asks for another at each use.
    """
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 480))
    text = trusted.text().replace("- alice   # lead", f"- user: alice\n        until: {until}")
    text = text.replace(
        'Principal: {AWS: "arn:aws:iam::111122223333:user/eng/alice"}',
        'Principal: {AWS: "arn:aws:iam::111122223333:root"}',
    )
    trusted.file.write_text(text)
    (trusted.folder / "calls.json").write_text(
        '{"Version": "2012-10-17", "Statement": '
        '{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}}'
    )
    iamctl("group", "inline", "put", "developers", "Calls", "calls.json", code=0)
    iamctl("user", "boundary", "alice", "--remove", code=0)
    iamctl("key", "create", "alice", code=0)
    found = re.search(r"^directory: (\S+)$", text, re.MULTILINE)
    assert found is not None
    iamctl("config", "set", f"directories.{found[1]}.user", "alice", code=0)
    return trusted


@pytest.fixture
def using(person):
    """A job with one boto3 client, which uses it for each line it is sent."""
    with subprocess.Popen(
        [*COMMAND, "exec", "deployer", "--server", "--", sys.executable, "-c", USES],
        cwd=person.folder, env=person.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as job:  # fmt: skip
        assert job.stdout.readline() == "container-role\n"

        def use():
            job.stdin.write("use\n")
            job.stdin.flush()
            return job.stdout.readline()

        yield use
        _, complained = job.communicate(timeout=PATIENCE)
        assert (job.returncode, complained.count("\n")) == (0, 1)  # the end of the membership


def test_boto3_gets_another_session_in_the_middle_of_a_run(using):
    seen = [using().split() for _ in range(3)]
    assert all(key.startswith("ASIA") and long == "True" for key, long in seen)
    assert len({key for key, _ in seen}) == 3


def test_boto3_gets_an_error_once_the_grant_is_taken_back(using, iamctl):
    assert using().startswith("ASIA")
    iamctl("group", "inline", "delete", "developers", "Calls", "--yes", code=0)
    told = using()
    assert told.startswith("CredentialRetrievalError ")
    assert "403" in told
    assert "is not authorized to perform: sts:AssumeRole" in told
    iamctl("group", "inline", "put", "developers", "Calls", "calls.json", code=0)
    assert using().startswith("ASIA")


def test_after_a_revocation_no_older_session_is_served(using, iamctl, person):
    assert using().startswith("ASIA")
    iamctl("role", "revoke-sessions", "deployer", "--yes", code=0)
    assert using().startswith("ASIA")  # issued after what was revoked: whoami judges one below
    script = (
        "import os, urllib.request; uri = os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI']; "
        "token = os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN']; "
        "ask = urllib.request.Request(uri, headers={'Authorization': token}); "
        "print(urllib.request.urlopen(ask).read().decode())"
    )
    done = iamctl("exec", "deployer", "--server", "--", sys.executable, "-c", script, code=0)
    import json

    given = json.loads(done.stdout)
    assert given["AccountId"] == "111122223333"
    assert given["RoleArn"] == "arn:aws:iam::111122223333:role/deployer"
    env = {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["Token"],
    }
    assert given["Expiration"] in iamctl("whoami", env=env, code=0).stdout


IDENTITY = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn</Arn><UserId>id</UserId><Account>111122223333</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


@pytest.fixture
def listener():
    """A loopback service that answers GetCallerIdentity and keeps who signed: (URL, key ids)."""
    signed = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            credential = re.search(r"Credential=(\w+)/", self.headers["Authorization"])
            assert self.headers["X-Amz-Security-Token"].startswith("eyJ")
            signed.append(credential[1])
            self.send_response(200)
            self.send_header("Content-Length", str(len(IDENTITY)))
            self.end_headers()
            self.wfile.write(IDENTITY)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    yield f"http://127.0.0.1:{server.server_port}", signed
    server.shutdown()
    server.server_close()


def test_the_aws_cli_signs_with_a_session_of_its_own_each_time(person, iamctl, listener):
    url, signed = listener
    line = (
        f"{AWS} --region eu-west-1 --endpoint-url {url} sts get-caller-identity && "
        f"{AWS} --region eu-west-1 --endpoint-url {url} sts get-caller-identity && "
        f"{AWS} configure list"
    )
    done = iamctl("exec", "deployer", "--server", "--", "sh", "-c", line, code=0)
    assert len(set(signed)) == 2
    assert all(key.startswith("ASIA") for key in signed)
    assert done.stdout.count("container-role") == 2


OWN = """[default]
aws_access_key_id = AKIAOWN0000000000000
aws_secret_access_key = own
"""
NO_IDENTITY = "[default]\nregion = eu-south-2\n"
PROCESS = "[profile default]\ncredential_process = echo {}\nregion = eu-south-2\noutput = text\n"

WHO = """
import boto3
session = boto3.Session()
print(session.get_credentials().method, session.region_name)
"""


@pytest.mark.parametrize(
    ("credentials", "config", "region", "hidden"),
    [
        ("", NO_IDENTITY, "eu-south-2", []),
        (OWN, NO_IDENTITY, "eu-south-2", ["credentials"]),
        ("[other]\naws_access_key_id = AKIAOWN\n", PROCESS, "eu-south-2", ["config"]),
        (OWN + "region = eu-west-3\n", OWN, "eu-west-3", ["credentials", "config"]),
        ("[default\nnot ini", "", "None", []),
        ("", OWN.replace("[default]", '[profile "default"]'), "None", ["config"]),
        ("", OWN.replace("[default]", "[profile   default]"), "None", ["config"]),
    ],
    ids=["none", "keys", "process", "both", "not ini", "in quotes", "after blanks"],
)
def test_a_default_profile_of_a_persons_own_does_not_come_first(
    person, iamctl, credentials, config, region, hidden
):
    folder = Path(person.environment["HOME"]) / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(credentials)
    (folder / "config").write_text(config)
    words = ["exec", "deployer", "--server", "--", sys.executable, "-c", WHO]
    done = iamctl(*words)
    if "not ini" in credentials:
        assert "Unable to parse config file" in done.stderr
        return
    assert done.stdout == f"container-role {region}\n", done.stderr
    told = [line for line in done.stderr.splitlines() if "does not see that file" in line]
    assert [line.split()[0] for line in told] == [str(folder / name) for name in hidden]


def test_keys_where_old_tools_had_them_do_not_come_first(person, iamctl):
    home = Path(person.environment["HOME"])
    (home / ".boto").write_text(OWN.replace("[default]", "[Credentials]"))
    (home / "keys").write_text("AWSAccessKeyId=AKIAOLD\nAWSSecretKey=old\n")
    words = ["exec", "deployer", "--server", "--", sys.executable, "-c", WHO]
    done = iamctl(*words, env={"AWS_CREDENTIAL_FILE": str(home / "keys")}, code=0)
    assert done.stdout == "container-role None\n"
    assert done.stderr.count("does not see that file") == 2


def test_the_endpoint_ends_with_the_command(person, iamctl):
    script = "import os; print(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'])"
    done = iamctl("exec", "deployer", "--server", "--", sys.executable, "-c", script, code=0)
    import socket

    port = int(done.stdout.rpartition(":")[2].partition("/")[0])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    assert os.listdir(person.folder) == ["directory.yaml"] or "calls.json" in os.listdir(
        person.folder
    )
