"""No secret is seen by anybody but who asked for it: not in command lines, others' environments,
files, messages or cores, whatever the command and however it ends."""

import base64
import os
import re
import resource
import secrets
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pyotp
import pytest

import iamctl as package
from iamctl.bootstrap import Runtime
from tests.aws.loopback import ACCOUNT, error, granted, identity, serving, signed_in
from tests.cli.conftest import UUID, Home, Result
from tests.cli.terminal import at_terminal
from tests.cli.witness import Witness, forms_of
from tests.cli.works import GUEST, KEY_OF_ALICE, furnish

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="no /proc"),
]

COMMAND = [sys.executable, "-P", "-m", "iamctl"]
SAYS = "import json, os; print(json.dumps(dict(os.environ)))"
ASKS = """
import os, urllib.request as http
where, token = (os.environ[f"AWS_CONTAINER_{n}"]
                for n in ("CREDENTIALS_FULL_URI", "AUTHORIZATION_TOKEN"))
for _ in range(3):
    print(http.urlopen(http.Request(where, headers={"Authorization": token})).read().decode())
print("AWS_CONTAINER_AUTHORIZATION_TOKEN=" + token)
"""


class Machine(NamedTuple):
    """A furnished home, put back before each run, and every secret that is in it, by name."""

    home: Home
    place: Path
    kept: Path
    known: dict[str, bytes]

    def restore(self) -> None:
        shutil.rmtree(self.place)
        shutil.copytree(self.kept, self.place)

    def code(self, device: str, step: int = 0) -> str:
        """A code of the device, so many steps from now."""
        seed = base64.b32encode(self.known[f"seed of {device}"]).decode()
        return pyotp.TOTP(seed).at(int(time.time()) + 30 * step)

    def run(self, words: Iterable[str], stdin: str, env: dict[str, str]) -> Result:
        """The command in a process of its own; a core of it would be written."""

        def cores() -> None:
            hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

        return subprocess.run(
            [*COMMAND, *words], cwd=self.home.folder, env={**self.home.environment, **env},
            input=stdin, capture_output=True, text=True, timeout=60, check=False,
            preexec_fn=cores,
        )  # fmt: skip


@pytest.fixture
def machine(furnished):
    """The machine as it was furnished."""
    furnished.restore()
    return furnished


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    place = tmp_path_factory.mktemp("machine")
    folder = place / "work"
    for name in (folder, place / "tmp", place / "state", place / "config"):
        name.mkdir(mode=0o700)
    environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment |= {
        "HOME": str(place), "TMPDIR": str(place / "tmp"), "IAMCTL_VAULT": "file",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "eu-west-1", "NO_COLOR": "1",
    }  # fmt: skip
    for area in ("state", "config", "cache", "data"):
        environment[f"XDG_{area.upper()}_HOME"] = str(place / area)
    home = Home(folder, folder / "directory.yaml", environment)
    furnish(home)
    for name in ("token", "response"):
        (folder / name).chmod(0o600)
    long_term = base64.b64encode(secrets.token_bytes(30)).decode()
    made = Machine(home, place, tmp_path_factory.mktemp("kept") / "machine", {})
    for words, stdin in (
        (("key", "delete", KEY_OF_ALICE, "--yes"), ""),
        (("key", "import", "alice"), f"AKIAALICE0000SECRECY {long_term}\n"),
    ):
        done = made.run(words, stdin, {})
        assert done.returncode == 0, done.stderr
    made.known.update(_held(home, folder), **{"long-term secret": long_term.encode()})
    shutil.copytree(place, made.kept)
    return made


def _held(home: Home, folder: Path) -> dict[str, bytes]:
    """What the vault and the working folder hold."""
    vault = Runtime(home.environment).vaults.open(UUID)
    found = {"signing key": vault.signing_keys()[0].secret.reveal()}
    for device in ("phone", "drawer"):
        seed = vault.mfa_seed(device)
        assert seed is not None
        found[f"seed of {device}"] = seed.reveal()
    found["web identity token"] = (folder / "token").read_bytes().rpartition(b".")[2].strip()
    response = base64.b64decode((folder / "response").read_bytes())
    signature = re.search(rb"SignatureValue>\s*([^<]{40})", response)
    assert signature is not None
    found["SAML response"] = signature[1]
    return found


_MADE = re.compile(
    r"(SecretAccessKey|AWS_SECRET_ACCESS_KEY|SessionToken|AWS_SESSION_TOKEN|Base32StringSeed|"
    r"QRCodePNG|AWS_CONTAINER_AUTHORIZATION_TOKEN|Token|SigninToken)"
    r"""["']?[=: ]+["']*(?!AWS_)([A-Za-z0-9+/=._-]{16,})"""
)


def made_by(output: str) -> dict[str, bytes]:
    """The secrets that a command made and was asked to say."""
    found: dict[str, bytes] = {}
    for number, (name, value) in enumerate(_MADE.findall(output)):
        found[f"{name} {number}"] = value.encode()
        if name == "Base32StringSeed":
            found[f"seed {number}"] = base64.b32decode(base64.b64decode(value))
    return found


FILES = {"web identity token": {"work/token"}, "SAML response": {"work/response"}}
"""Where secrets lie that a person has in files."""


class Run(NamedTuple):
    """A command line, whether it says secrets that it makes, and how it ends."""

    line: str
    makes: bool = True
    code: int = 0
    stdin: str = ""
    into: str = ""
    """The file that is to hold what it makes."""


ASSUME = "assume-role deployer --as alice"
WEB = "assume-role-with-web-identity runner --session-name ci --web-identity-token"
SAML = "assume-role-with-saml runner --provider corp --saml-assertion"
GOOD = (
    *(Run(f"{ASSUME} -o {form}") for form in (
        "sh", "fish", "powershell", "json", "process", "dotenv", "github",
    )),
    Run(f"{ASSUME} -o dotenv --output-file credentials", False, into="work/credentials"),
    Run(f"{ASSUME} -o json --mfa-serial phone --mfa-code {{phone}}"),
    Run("get-session-token --as alice -o sh"),
    Run("get-session-token --as alice -o json --serial-number phone --token-code {phone}"),
    Run("get-federation-token ci --as alice -o json"),
    Run(f"{WEB} file://token -o sh"),
    Run(f"{SAML} file://response -o json"),
    Run("pool get-id web", False),
    Run(f"pool token web {GUEST} -o json"),
    Run(f"pool credentials web {GUEST} -o sh"),
    Run(f"exec deployer --as alice -- {sys.executable} -c {shlex.quote(SAYS)}"),
    Run(f"exec deployer --as alice --server -- {sys.executable} -c {shlex.quote(ASKS)}"),
    Run("shell deployer --as alice", stdin="env\n"),
    Run("mfa create tablet -o json"),
    Run("mfa enable drawer --user bob --code1 {drawer-} --code2 {drawer}", False),
    Run("mfa code drawer", False),
    Run("mfa resync phone --code1 {phone+} --code2 {phone++}", False),
    Run("key create bob -o json"),
    Run("key create bob -o json --output-file key.json", False, into="work/key.json"),
    Run("key rotate alice -o json"),
    Run("aws-config install deployer --as alice", False),
    Run("sessions list", False),
    Run("sessions forget --all", False),
    Run("whoami --as alice", False),
    Run("vault status", False),
    Run("vault rotate-signing-key --now --yes", False),
    Run("vault prune --yes", False),
)  # fmt: skip


def fill_in(machine: Machine, line: str) -> list[str]:
    """The line's words, with codes that are good now."""
    for device in ("phone", "drawer"):
        for step, mark in ((-1, "-"), (0, ""), (1, "+"), (2, "++")):
            line = line.replace(f"{{{device}{mark}}}", machine.code(device, step))
    return shlex.split(line)


def places_of(into: str) -> set[str]:
    """The file that holds what is made, and the one that takes its place whole."""
    path = Path(into)
    return {into, str(path.with_name(f".{path.name}.iamctl-new"))} if into else set()


def watched(
    machine: Machine,
    run: Run,
    more: dict[str, bytes] | None = None,
    env: dict[str, str] | None = None,
    typed: Sequence[tuple[str, str]] = (),
) -> Result:
    """The run, and that nobody saw what was not for them: `more` are its own secrets, by name.

    What `env` holds may be in the command's own environment, and in none of its children's.
    """
    env = env or {}
    given = {f"{name}={value}".encode() for name, value in env.items()}
    words = fill_in(machine, run.line)
    with Witness(machine.place, given) as witness:
        if typed:
            code, screen = at_terminal(machine.home, words, typed, env)
            done = Result(words, code, screen, "")
        else:
            done = machine.run(words, run.stdin, env)
    assert done.returncode == run.code, done
    for name, secret in {**machine.known, **(more or {})}.items():
        assert set(witness.leaks(secret)) <= FILES.get(name, set()), name
        for text in (done.stdout, done.stderr):
            assert not any(form in text.encode() for form in forms_of(secret)), name
    made = made_by((machine.place / run.into).read_text() if run.into else done.stdout)
    assert bool(made) == (run.makes or bool(run.into)), done
    for name, secret in made.items():
        assert set(witness.leaks(secret)) <= places_of(run.into), name
        said = done.stderr + (done.stdout if run.into else "")
        words = [line for line in said.splitlines() if not line.startswith("::add-mask::")]
        assert not any(f in line.encode() for f in forms_of(secret) for line in words), name
    assert not [p for p in machine.place.rglob("core*") if p.is_file()]
    return done


def numbered(cases):
    """Names of cases that hold what is random: every worker must collect the same."""
    return [f"case {number}" for number in range(len(cases))]


@pytest.mark.parametrize("run", GOOD, ids=lambda run: run.line[:70])
def test_what_was_asked_for_and_nothing_else(machine, run):
    watched(machine, run)


@pytest.fixture
def aws(machine):
    """STS and sign-in that know alice's key; the secrets that they and the key are made of."""
    parts = {name: secrets.token_hex(20) for name in ("key", "real-secret", "real-token", "signin")}
    session = granted("deployer", "alice")
    for name in ("real-secret", "real-token"):
        session = session._replace(body=session.body.replace(name, parts[name]))
    answers = {
        "GetCallerIdentity": identity(f"arn:aws:iam::{ACCOUNT}:user/eng/alice"),
        "AssumeRole": session,
        "getSigninToken": signed_in(parts["signin"]),
    }
    (machine.place / ".aws").mkdir(mode=0o700, exist_ok=True)
    keys = machine.place / ".aws" / "credentials"
    keys.write_text(
        "[default]\naws_access_key_id = AKIAALICE0000000REAL\n"
        f"aws_secret_access_key = {parts['key']}\n"
    )
    keys.chmod(0o600)
    with serving(lambda action, _: answers[action]) as server:
        env = {
            "AWS_ENDPOINT_URL_STS": server.url,
            "AWS_ENDPOINT_URL_SIGNIN": f"{server.url}/federation",
        }
        yield env, {name: value.encode() for name, value in parts.items()}, answers


AWS_RUNS = (
    (Run("assume-role deployer --aws -o json"), {"real-secret", "real-token"}),
    (Run(f"exec deployer --aws -- {sys.executable} -c {shlex.quote(SAYS)}"),
     {"real-secret", "real-token"}),
    (Run("console deployer"), {"signin"}),
    (Run("console deployer -o json"), {"signin"}),
    (Run("sessions list", False), set()),
)  # fmt: skip


@pytest.mark.parametrize(("run", "shown"), AWS_RUNS, ids=lambda v: getattr(v, "line", "")[:40])
def test_real_awss_secrets(machine, aws, run, shown):
    env, parts, _ = aws
    hidden = {name: value for name, value in parts.items() if name not in shown}
    key = hidden.pop("key")
    for _ in range(2):  # the second time from what is kept
        done = watched(machine, run, hidden, env)
        assert key.decode() not in done.stdout + done.stderr
        for name in shown:
            assert parts[name].decode() in done.stdout


def test_awss_refusal(machine, aws):
    env, _, answers = aws
    answers["AssumeRole"] = error("AccessDenied", "not authorized to perform: sts:AssumeRole")
    watched(machine, Run("assume-role deployer --aws -o json", False, 5), env=env)


def test_the_witness_sees(machine):
    """In each place, and each form: a test that finds nothing has looked."""
    secret = secrets.token_bytes(20)
    written = base64.b64encode(b"x" + secret + b"y").decode()
    script = "import time; time.sleep(0.5)"
    with Witness(machine.place, set()) as witness:
        (machine.place / "tmp" / "brief").write_text(secret.hex())
        (machine.place / "tmp" / "brief").chmod(0o640)
        done = subprocess.run(
            [sys.executable, "-c", script, written],
            env={"SEED": base64.b32encode(secret).decode()},
            check=True,
        )
        (machine.place / "tmp" / "brief").unlink()
    assert done.returncode == 0
    assert set(witness.leaks(secret)) == {"cmdline", "environ", "tmp/brief 640"}


PASSPHRASE = secrets.token_hex(16)
TYPED = {"passphrase": PASSPHRASE.encode()}
IN_ENVIRONMENT = {"IAMCTL_VAULT_PASSPHRASE": PASSPHRASE, "IAMCTL_VAULT": ""}


def test_an_export(machine):
    twice = [("export: ", f"{PASSPHRASE}\n"), ("again: ", f"{PASSPHRASE}\n")]
    run = Run("vault export out.vault --signing-key", False)
    watched(machine, run, TYPED, typed=twice)
    watched(machine, Run("vault import out.vault", False), TYPED, typed=twice[:1])
    wrong = secrets.token_hex(16)
    run = Run("vault import out.vault", False, 6)
    watched(machine, run, {"a wrong one": wrong.encode()}, typed=[("export: ", f"{wrong}\n")])


def test_a_vault_with_a_passphrase(machine):
    watched(machine, Run("vault rewrap --to passphrase", False), TYPED, IN_ENVIRONMENT)
    for run in (
        Run(f"{ASSUME} -o json"),
        Run(f"exec deployer --as alice --server -- {sys.executable} -c {shlex.quote(ASKS)}"),
        Run("key create bob -o json"),
    ):
        watched(machine, run, TYPED, IN_ENVIRONMENT)
    asked = {
        "IAMCTL_VAULT_PASSPHRASE_COMMAND": "sh -c 'sleep 0.3; cat ~/phrase'",
        "IAMCTL_SECRET_ACCESS_KEY": secrets.token_hex(20),
        "IAMCTL_VAULT": "",
    }
    (machine.place / "phrase").write_text(PASSPHRASE)
    (machine.place / "phrase").chmod(0o600)
    key = {"a key": asked["IAMCTL_SECRET_ACCESS_KEY"].encode()}
    watched(machine, Run(f"{ASSUME} -o json"), key, asked)
    wrong = {"IAMCTL_VAULT_PASSPHRASE": secrets.token_hex(16), "IAMCTL_VAULT": ""}
    more = {"a wrong one": wrong["IAMCTL_VAULT_PASSPHRASE"].encode()}
    watched(machine, Run(f"{ASSUME} -o json", False, 6), more, wrong)


def test_a_code_that_is_typed(machine):
    """The code is the last that a person types: the seed stays where it is."""
    typed = [("mfa/phone: ", f"{machine.code('phone')}\n")]
    run = Run(f"{ASSUME} --mfa-serial phone --output-file out.env -o dotenv", False,
              into="work/out.env")  # fmt: skip
    watched(machine, run, typed=typed)


BAD = secrets.token_urlsafe(40).replace("-", "x").replace("_", "y")
REFUSED = (
    (f"{ASSUME} --mfa-serial phone --mfa-code 000000", 5, "", {}),
    (f"{ASSUME} -o json --directory /nowhere", 4, "", {}),
    ("assume-role deployer", 5, "",
     {"IAMCTL_ACCESS_KEY_ID": "AKIAALICE0000SECRECY", "IAMCTL_SECRET_ACCESS_KEY": BAD}),
    (ASSUME, 6, "", {"IAMCTL_VAULT": "env", "IAMCTL_SIGNING_KEY": BAD}),
    ("whoami", 5, "", {"AWS_ACCESS_KEY_ID": "ASIAALICE0000SECRECY", "AWS_SECRET_ACCESS_KEY": BAD,
                       "AWS_SESSION_TOKEN": BAD}),
    (f"{WEB} -", 5, BAD, {}),
    (f"{WEB} -", 5, f"eyJhbGciOiJSUzI1NiJ9.{BAD}.{BAD}", {}),
    (f"{SAML} -", 5, BAD, {}),
    ("key import bob", 2, f"AKIABOB0000000BROKEN {BAD} more\n", {}),
    ("key import bob", 2, f"{BAD}\n", {}),
    ("key import bob", 2, f"AKIABOB0000000BROKEN {BAD}!\n", {}),
    (f"exec deployer --as alice -- /nowhere/{BAD[:4]}", 127, "", {"IAMCTL_SIGNING_KEY": BAD}),
)  # fmt: skip


@pytest.mark.parametrize(("line", "code", "stdin", "env"), REFUSED, ids=numbered(REFUSED))
def test_a_refusal_repeats_no_secret(machine, line, code, stdin, env):
    done = watched(machine, Run(line, False, code, stdin), {"a bad one": BAD.encode()}, env)
    assert "error" in done.stderr.lower()


ON_THE_LINE = (
    f"{WEB} {BAD}",
    f"{SAML} {BAD}",
    f"pool get-id web --login google={BAD}",
    f"pool credentials web {GUEST} --login google={BAD}",
    f"{ASSUME} --mfa-code {BAD}",
    f"mfa enable drawer --user bob --code1 {BAD} --code2 {BAD}",
)


@pytest.mark.parametrize("line", ON_THE_LINE, ids=numbered(ON_THE_LINE))
def test_what_should_not_have_been_typed_there_is_not_repeated(machine, line):
    """A job's log keeps what is said, and not what was typed."""
    done = machine.run(fill_in(machine, line), "", {})
    assert done.returncode == 2, done
    assert BAD not in done.stdout + done.stderr


IN_JSON, IN_SHELL = f"{ASSUME} -o json", f"{ASSUME} -o sh"
FOR_A_COMMAND = f"exec deployer --as alice -- {sys.executable} -c pass"
BROKEN = (
    ("rendering/credentials.py", IN_JSON), ("rendering/credentials.py", FOR_A_COMMAND),
    ("rendering/shells.py", IN_SHELL), ("sts/token.py", IN_JSON), ("vault/sealed.py", IN_JSON),
    ("vault/sealed.py", FOR_A_COMMAND), ("services/assume.py", FOR_A_COMMAND),
    ("cli/handing_over.py", IN_JSON), ("cli/child.py", FOR_A_COMMAND),
)  # fmt: skip


@pytest.mark.parametrize(("module", "line"), BROKEN, ids=numbered(BROKEN))
def test_a_bug_says_no_value(machine, module, line, tmp_path):
    """Whatever breaks, and wherever, with what was at hand in its message."""
    copy = tmp_path / "iamctl"
    shutil.copytree(Path(package.__file__).parent, copy)
    assert (copy / module).exists()
    text = (copy / module).read_text()
    (copy / module).write_text(f"{text}\n{SPOILED}")
    run = Run(line, False, 125 if line.startswith("exec") else 70)
    done = watched(machine, run, env={"PYTHONPATH": str(tmp_path)})
    assert "Traceback" not in done.stderr
    assert "RuntimeError" in done.stderr


SPOILED = """
import functools, types
def _spoiled(function):
    @functools.wraps(function)
    def called(*given, **named):
        result = function(*given, **named)
        raise RuntimeError(repr((given, named, result)))
    return called
for _name, _value in list(globals().items()):
    if isinstance(_value, types.FunctionType) and _value.__module__ == __name__:
        if not _name.startswith("_spoiled"):
            globals()[_name] = _spoiled(_value)
"""


def test_no_core_can_be_written_beside_a_server(machine):
    """Its process holds the vault's keys for as long as the command runs."""
    script = "import os; print(open(f'/proc/{os.getppid()}/limits').read())"
    line = f"exec deployer --as alice --server -- {sys.executable} -c {shlex.quote(script)}"
    done = watched(machine, Run(line, False))
    soft = re.search(r"^Max core file size +(\S+)", done.stdout, re.MULTILINE)
    assert soft is not None
    assert soft[1] == "0"
