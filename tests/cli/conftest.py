"""The real command line in real processes, each test with a home of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple
from zlib import crc32

import pytest

from tests.cli.forked import everything, forked
from tests.cli.forking import SHAPING, Forking

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
UUID = "5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21"

TEAM = """\
# The payments team. Changes by pull request.
iamctl: 1
directory: 5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21
account:
  id: "111122223333"
  alias: acme-dev

users:
  # on call this week
  alice:
    id: AIDAALICE00000000001
    path: /eng/
    created: 2026-01-02T03:04:05Z
    tags: {team: payments}   # billing reads this
    policies: [ReadArtifacts]
    boundary: DeveloperBoundary
    keys:
      AKIAALICE00000000001:
        created: 2026-01-02T03:04:05Z
  bob:
    id: AIDABOB0000000000001
    created: 2026-02-03T04:05:06Z   # joined in February
    tags:
      team: search

groups:
  developers:
    id: AGPADEV0000000000001
    created: 2026-01-02T03:04:05Z
    members:
      - alice   # lead
      - user: bob
        until: 2031-12-31T00:00:00Z
    policies:
      - ReadArtifacts
      - arn:aws:iam::aws:policy/ReadOnlyAccess

roles:
  deployer:
    id: AROADEPLOYER00000001
    created: 2026-01-02T03:04:05Z
    description: Ships the payments stack
    max_session_duration: 2h
    # reviewed in January
    trust:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {AWS: "arn:aws:iam::111122223333:user/eng/alice"}
          Action: sts:AssumeRole
    policies: [DeployStack]

policies:
  ReadArtifacts:
    id: ANPAREAD000000000001
    created: 2026-01-02T03:04:05Z
    description: Read build artefacts
    document:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Action: [s3:GetObject]   # never List
          Resource: "arn:aws:s3:::artefacts/*"
  DeployStack:
    id: ANPADEPLOY0000000001
    created: 2026-01-02T03:04:05Z
    document:
      Version: "2012-10-17"
      Statement: {Effect: Allow, Action: "cloudformation:*", Resource: "*"}
  DeveloperBoundary:
    id: ANPABOUNDARY00000001
    created: 2026-01-02T03:04:05Z
    document:
      Version: "2012-10-17"
      Statement: {Effect: Allow, Action: "*", Resource: "*"}
"""
"""A small team: two users, a group, a role, three policies, and comments to keep."""

COMMENTS = tuple(line[line.index("#") :] for line in TEAM.splitlines() if "#" in line)

Result = subprocess.CompletedProcess[str]
Iamctl = Callable[..., Result]


class Home(NamedTuple):
    """A person's machine: where commands run, their directory file, and the environment."""

    folder: Path
    file: Path
    environment: dict[str, str]

    def text(self) -> str:
        """The directory file's text."""
        return self.file.read_bytes().decode()


def home_at(place: Path) -> Home:
    """An empty working folder in that place, with state and settings of its own."""
    folder = place / "work"
    folder.mkdir()
    kept = ("PATH", "LANG", "LC_ALL", "COVERAGE_PROCESS_START", "TZ")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {
        "HOME": str(place),
        "XDG_STATE_HOME": str(place / "state"),
        "XDG_CONFIG_HOME": str(place / "config"),
        "XDG_CACHE_HOME": str(place / "cache"),
        "IAMCTL_VAULT": "file",
    }
    return Home(folder, folder / "directory.yaml", environment)


def adopt(home: Home) -> None:
    """Give the home the team's directory, with a `file` vault for it on this machine."""
    from iamctl.domain.secret import Secret
    from iamctl.ports import SigningKey
    from iamctl.vault import VaultSettings, create_vault, vault_folder
    from iamctl.vault import trusted as trust

    home.file.write_text(TEAM)
    state = os.path.join(home.environment["XDG_STATE_HOME"], "iamctl")
    key = SigningKey("0123456789abcdef", Secret(os.urandom(32)))
    settings = VaultSettings(home.environment, os.urandom)
    create_vault("file", vault_folder(state, UUID), UUID, key, settings)
    trust.record(state, UUID, str(home.file))


class Kept:
    """A home that is made once for many tests, and put back for each."""

    def __init__(self, place: Path, kept: Path, make: Callable[[Home], object]) -> None:
        self._place = place
        self._kept = kept / "home"
        self._home = home_at(place)
        make(self._home)
        shutil.copytree(place, self._kept, symlinks=True)

    def put_back(self) -> Home:
        """The home as it was made; its environment may be changed."""
        shutil.rmtree(self._place)
        shutil.copytree(self._kept, self._place, symlinks=True)
        return self._home._replace(environment=dict(self._home.environment))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty working folder, with state and settings of its own."""
    return home_at(tmp_path)


@pytest.fixture
def team(home: Home) -> Home:
    """The home with the team's directory file in it; there is no vault for it yet."""
    home.file.write_text(TEAM)
    return home


@pytest.fixture
def trusted(team: Home) -> Home:
    """The team's directory, adopted: this machine has a `file` vault for it."""
    adopt(team)
    return team


@pytest.fixture
def iamctl(home: Home) -> Iamctl:
    """Runs `iamctl ARGUMENTS` in the home. With `code`, the exit code must be that."""
    return runner(home)


FORKING = Forking()


def runner(home: Home) -> Iamctl:
    """What runs `iamctl ARGUMENTS` in that home, in a process of its own.

    When soaked Python starts for each; otherwise for every eighth command line, and for those that
    hand it variables which shape it. `test_surroundings` starts each command at least once.
    """

    def run(
        *arguments: str,
        input: str | None = None,
        env: Mapping[str, str] | None = None,
        code: int | None = None,
        cwd: Path | None = None,
    ) -> Result:
        there = home._replace(folder=cwd or home.folder, environment=home.environment | (env or {}))
        shaped = any(
            n.startswith(SHAPING) for n, _ in there.environment.items() - os.environ.items()
        )
        whole = SCALE > 1 or shaped or crc32(os.fsencode("\0".join(arguments))) % 8 == 0
        done = (started if whole else forked_off)(there, arguments, input)
        if code is not None:
            assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done

    return run


def started(home: Home, arguments: Sequence[str], input: str | None = None) -> Result:
    """The command by a Python that starts for it."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "iamctl", *arguments],
        input=input,
        stdin=subprocess.DEVNULL if input is None else None,
        capture_output=True,
        encoding="utf-8",
        cwd=home.folder,
        env=home.environment,
        timeout=60,
        check=False,
    )


def forked_off(home: Home, arguments: Sequence[str], input: str | None = None) -> Result:
    """The command in a fork of a process that has everything imported."""
    with ExitStack() as stack:
        if input is None:
            given = stack.enter_context(open(os.devnull, "rb"))
        else:
            given = stack.enter_context(TemporaryFile())
            given.write(input.encode())
            given.seek(0)
        out, err = os.pipe(), os.pipe()
        streams = (given.fileno(), out[1], err[1])
        child = FORKING.start(arguments, home.environment, home.folder, streams)
        for end in (out[1], err[1]):
            os.close(end)
        texts = [
            text.decode().replace("\r\n", "\n").replace("\r", "\n")
            for text in everything(child, out[0], err[0])
        ]
    return Result(arguments, FORKING.answer(), *texts)


@pytest.fixture
def quick(home: Home) -> Iamctl:
    """The same in a fork of this process, where everything is imported: for tables of cases."""

    def run(*arguments: str, input: str | None = None) -> Result:
        return Result(arguments, *forked(home, arguments, stdin=input or ""))

    return run


@pytest.fixture
def comments() -> tuple[str, ...]:
    """The comments of the team's file: an edit keeps every one of them."""
    return COMMENTS
