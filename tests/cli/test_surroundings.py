"""Every command of the tree in every bad surrounding: the right code, and nothing half-done."""

import contextlib
import os
import re
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from _pytest.mark import ParameterSet

from iamctl.cli import exits
from iamctl.cli.shell import COMMANDS as EVALUATED
from iamctl.cli.shell import PASSING_ON
from iamctl.domain.change import NOUNS
from iamctl.store.repository import YamlRepository
from tests.cli import warm
from tests.cli.conftest import Home, started
from tests.cli.forked import DEV_FULL, Told, forked, interrupted, nothing, obey_modes
from tests.cli.works import LEAVES, STDIN, WORKS, Work, divide, furnish, type_passphrases, version

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
AREAS = ("work", "state", "config", "data", "aws")
"""The folders of a home."""

QUICK = (
    "user tag alice desk=12",
    "key create alice -o json",
    "assume-role deployer --as alice -o sh",
    "init --user me",
)
"""The lines that `make check` runs in each surrounding; `make test` runs them all."""

Tree = dict[str, tuple[int, bytes]]


class Machine(NamedTuple):
    """A home at one place, put back into its first state before each run."""

    home: Home
    place: Path
    kept: Path
    starts: dict[str, Tree]
    answers: dict[str, bool]

    def restore(self, start: str = "furnished") -> None:
        """Bring the home into the state that a line starts from, if it is not in it."""
        known = self.starts.get(start)
        if known and self.tree() == known:
            return
        self.lay_out(start)
        self.starts[start] = self.tree()

    def lay_out(self, start: str) -> None:
        """Make that state anew."""
        self.clear()
        if start == "fresh":
            self.home.folder.mkdir()
            return
        for area in AREAS:
            if (self.kept / area).exists():
                shutil.copytree(self.kept / area, self.place / area)
        if start == "untrusted":
            (self.place / "state" / "iamctl" / "trusted.json").unlink()
        if start == "divided":
            divide(self.home)
        if start == "versioned":
            version(self.home)

    def clear(self) -> None:
        """Leave nothing, whatever the modes."""
        for area in AREAS:
            shutil.rmtree(self.place / area, ignore_errors=True)

    def tree(self) -> Tree:
        """Every file with its mode and content; every folder with its mode. But indexes, which may
        come and go with any command that reads."""
        found: Tree = {}
        for path in sorted(self.place.rglob("*")):
            if ".cache" in path.parts or path.name == "index.key":
                continue
            mode = path.lstat().st_mode
            plain = path.is_file() and not path.is_symlink()
            content = path.read_bytes() if plain else b""
            if path.is_symlink():
                content = os.readlink(path).encode()
            found[str(path.relative_to(self.place))] = (mode, content)
        return found


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Machine:
    """The machine that all lines run on."""
    warm.up()
    place = tmp_path_factory.mktemp("machine")
    folder = place / "work"
    environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment |= {"HOME": str(place), "IAMCTL_VAULT": "file", "NO_COLOR": "1"}
    for area in AREAS[1:]:
        environment[f"XDG_{area.upper()}_HOME"] = str(place / area)
    environment["AWS_CONFIG_FILE"] = str(place / "aws" / "config")
    made = Machine(
        Home(folder, folder / "directory.yaml", environment),
        place,
        tmp_path_factory.mktemp("kept"),
        {},
        {},
    )
    folder.mkdir()
    furnish(made.home)
    for area in AREAS:
        if (place / area).exists():
            (place / area).rename(made.kept / area)
    return made


def carried_out(machine: Machine, work: Work, **how) -> Told:
    """The line run on that machine as it is."""
    before = how.pop("prepare", nothing)

    def prepare() -> None:
        type_passphrases()
        before()

    stdin = STDIN.get(work.line, "")
    return forked(machine.home, work.arguments, stdin=stdin, prepare=prepare, **how)


LINES = [
    pytest.param(work, id=work.line, marks=() if work.line in QUICK else pytest.mark.slow)
    for work in WORKS
]


def turn_by_turn(kinds: Sequence[object], lines: Sequence[ParameterSet]) -> list[ParameterSet]:
    """Each line with one of the kinds, and each kind with many lines; when soaked, all with all.

    Lines differ in what they read and say, and kinds in how that fails: what makes an end of it is
    the same for all lines.
    """
    return [
        pytest.param(kind, *line.values, marks=line.marks, id=f"{name}-{line.id}")
        for n, line in enumerate(lines)
        for k, kind in enumerate(kinds)
        if SCALE > 1 or n % len(kinds) == k
        for name in [getattr(kind, "__name__", kind)]
    ]


def test_every_command_says_what_its_work_is():
    """A new command must be run in every surrounding as well."""
    told = {work.words for work in WORKS}
    missing = [f"iamctl {' '.join(words)}" for words in LEAVES if words not in told]
    assert not missing, (
        f"{', '.join(missing)}: add a line that makes it do its work to tests/cli/works.py, to "
        "the block that says what the line changes"
    )
    assert () not in told, [work.line for work in WORKS if not work.words]


PLAYED = frozenset(
    {
        *("console deployer", "mfa enable drawer --user bob", "mfa resync phone"),
        *("vault export team.vault", "vault import secrets.vault", "vault rewrap --to passphrase"),
    }
)
"""Lines that need a person who types, or AWS: a fork plays these."""


@pytest.mark.parametrize("work", LINES)
def test_in_good_surroundings_it_does_its_work(machine, work):
    """Otherwise nothing that the other tests find would mean anything.

    Python starts for each line, and so imports what the line itself asks for.
    """
    machine.restore(work.start)
    before = machine.tree()
    if work.line in PLAYED:
        told = carried_out(machine, work)
    else:
        done = started(machine.home, work.arguments, STDIN.get(work.line))
        told = Told(done.returncode, done.stdout, done.stderr)
    machine.answers[work.line] = told.out != ""
    assert told.code == 0, told
    after = machine.tree()
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {name.partition("/")[0] for name in changed} == work.changes, told


# Surroundings of the directory file: each spoils it in the home, and says what must not be shown.

HUNTER = "hunter2"


class Spoilt(NamedTuple):
    """What was done to the directory file: the code that readers of it get, and the fork's part."""

    code: int
    prepare: Callable[[], object] = nothing


def missing(machine: Machine) -> Spoilt:
    machine.home.file.unlink(missing_ok=True)
    return Spoilt(exits.NOT_POSSIBLE)


def a_folder(machine: Machine) -> Spoilt:
    machine.home.file.unlink(missing_ok=True)
    machine.home.file.mkdir()
    return Spoilt(exits.INPUT_OUTPUT)


def a_link_to_a_private_file(machine: Machine) -> Spoilt:
    machine.home.file.unlink(missing_ok=True)
    secret = machine.place / "data" / "secret"
    secret.parent.mkdir()
    secret.write_text(f"{HUNTER}: [x\n")
    secret.chmod(0o600)
    machine.home.file.symlink_to(secret)
    return Spoilt(exits.INPUT_OUTPUT)


def a_link_to_another_directory(machine: Machine) -> Spoilt:
    theirs = machine.place / "data" / "directory.yaml"
    theirs.parent.mkdir()
    text = (machine.kept / "work" / "directory.yaml").read_text()
    theirs.write_text(text.replace("acme-dev", HUNTER))
    machine.home.file.unlink(missing_ok=True)
    machine.home.file.symlink_to(theirs)
    return Spoilt(exits.INPUT_OUTPUT)


def unreadable(machine: Machine) -> Spoilt:
    if not machine.home.file.exists():
        shutil.copy(machine.kept / "work" / "directory.yaml", machine.home.file)
    machine.home.file.chmod(0)
    return Spoilt(exits.INPUT_OUTPUT, obey_modes)


OF_A_FILE = [
    line for line in LINES if str(line.id) not in ("git check-staged", "git check-rebased", "log")
]
"""What git has, and is to commit, stands in git, whatever the file has become."""


@pytest.mark.parametrize("work", OF_A_FILE)
def test_no_directory_file(machine, work):
    check_spoilt(machine, missing, work)


@pytest.mark.parametrize(
    ("spoil", "work"),
    turn_by_turn(
        [a_folder, a_link_to_a_private_file, a_link_to_another_directory, unreadable], OF_A_FILE
    ),
)
def test_a_directory_file_that_is_none(machine, spoil, work):
    if (spoil, work.line) == (unreadable, "git uninstall"):
        work = work._replace(reads=False)  # where the file stands is enough
    check_spoilt(machine, spoil, work)


def check_spoilt(machine: Machine, spoil: Callable[[Machine], Spoilt], work: Work) -> None:
    """Who reads the spoilt file is refused and changes nothing; all others do their work."""
    machine.restore(work.start)
    spoilt = spoil(machine)
    before = machine.tree()
    told = carried_out(machine, work, prepare=spoilt.prepare)
    if not work.reads or (spoil is missing and work.start == "fresh"):
        assert told.code == 0, told
        return
    refused(told, work, spoilt.code)
    assert HUNTER not in told.out + told.err
    assert machine.tree() == before


def refused(told: Told, work: Work, code: int) -> None:
    """It failed with that code and a message, and told a shell nothing but to forget and fail."""
    passing_on = work.words[0] in PASSING_ON
    assert told.code == (exits.NOT_BEGUN if passing_on else code), told
    assert complained(told.err), told
    assert told.out == "" or " ".join(work.words) in EVALUATED
    if work.line.endswith("-o sh"):
        assert re.fullmatch(r"unset [A-Z_ ]+;\n\(exit [0-9]+\);\n", told.out), told
        assert told.out.endswith(f"(exit {code});\n")
    if work.line.endswith("-o fish"):
        assert "set -gx AWS" not in told.out
        assert told.out.endswith(f"exit {code}';\n")


def complained(text: str) -> bool:
    """Whether it is an error for people or, with `-o json`, for programs; no bug among them."""
    assert "Traceback" not in text
    assert "bug in iamctl" not in text
    return bool(re.search(r"^(error: |\{\"Error\": )", text, re.MULTILINE))


# Places that cannot be written to.


def read_only_folder(machine: Machine) -> frozenset[str]:
    """Nothing can be written beside the directory file; the file itself could be."""
    machine.home.folder.chmod(0o555)
    return frozenset({"work"})


def read_only_home(machine: Machine) -> frozenset[str]:
    """Nothing can be written anywhere."""
    for path in [machine.place, *machine.place.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222)
    return frozenset(AREAS)


@pytest.mark.parametrize("work", LINES)
@pytest.mark.parametrize("spoil", [read_only_folder, read_only_home], ids=lambda s: s.__name__)
def test_a_place_that_is_read_only(machine, spoil, work):
    machine.restore(work.start)
    modes = {path: path.stat().st_mode for path in [machine.place, *machine.place.rglob("*")]}
    closed = spoil(machine)
    before = machine.tree()
    try:
        told = carried_out(machine, work, prepare=obey_modes)
        after = machine.tree()
    finally:
        for path, mode in modes.items():
            with contextlib.suppress(FileNotFoundError):  # a previous generation
                path.chmod(mode)
    if work.changes & closed:
        refused(told, work, exits.INPUT_OUTPUT)
        assert unchanged(before, after, frozenset(AREAS) - {"state"})
        if "state" in closed:
            assert after == before
        elif "state" in work.changes:
            nothing_stays_in_the_vault(machine, work)
    else:
        assert told.code == 0, told
        assert unchanged(before, after, closed)


def nothing_stays_in_the_vault(machine: Machine, work: Work) -> None:
    """What was put into the vault for the file's sake is taken out again."""
    if work.start == "fresh":
        assert list((machine.place / "state").rglob("*.sealed")) == []
        return
    after = vault_status(machine)
    machine.restore(work.start)
    assert after == vault_status(machine)


def vault_status(machine: Machine) -> str:
    told = forked(machine.home, ["vault", "status", "-o", "json"])
    assert told.code == 0, told
    return told.out


def unchanged(before: Tree, after: Tree, areas: frozenset[str]) -> bool:
    """Whether those areas are as they were."""

    def of(tree: Tree) -> Tree:
        return {name: kept for name, kept in tree.items() if name.partition("/")[0] in areas}

    return of(before) == of(after)


@pytest.fixture(scope="class")
def full_disk(machine) -> Iterator[Callable[[], object]]:
    """Nothing more can be written where the machine's home is, once the callable has run.

    It is a tiny file system, filled up. Where none can be mounted, files may not grow by a byte.
    """
    machine.clear()
    options = ["-t", "tmpfs", "-o", "size=512k,mode=700"]
    mount = ["mount", *options, "tmpfs", str(machine.place)]
    able = os.getuid() == 0 and shutil.which("mount")
    if not able or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        return

    def fill() -> None:
        with (
            open(machine.place / "filler", "wb", buffering=0) as file,
            contextlib.suppress(OSError),
        ):
            while file.write(b"x" * 4096):
                pass

    try:
        yield fill
    finally:
        subprocess.run(["umount", str(machine.place)], check=True)


NEEDS_NO_ROOM = frozenset({"sessions forget --all"})
"""Lines whose change only removes a file."""


class TestFullDisk:
    """No byte is left."""

    @pytest.mark.parametrize("work", LINES)
    def test_it_is_said_and_the_files_are_whole(self, machine, full_disk, work):
        (machine.place / "filler").unlink(missing_ok=True)
        machine.restore(work.start)
        before = machine.tree()
        told = carried_out(machine, work, prepare=full_disk)
        if work.line in NEEDS_NO_ROOM:
            assert told.code == 0, told
            return
        if work.changes:
            refused(told, work, exits.INPUT_OUTPUT)
        else:
            assert told.code == 0, told
        assert contents(machine.tree()) == contents(before)


def contents(tree: Tree) -> Tree:
    """The files that hold something: a folder that was made to write in harms nobody."""
    return {name: (m, text) for name, (m, text) in tree.items() if text and name != "filler"}


# Places that take no answer.


@pytest.mark.parametrize(("stdout", "work"), turn_by_turn(["closed", "closed pipe", "full"], LINES))
def test_an_answer_that_nobody_takes(machine, stdout, work):
    """The work may be done all the same; the file is whole, and nobody takes it for a success."""
    if stdout == "full" and not os.path.exists(DEV_FULL):
        pytest.skip("no /dev/full")
    says = answers(machine, work)
    machine.restore(work.start)
    told = carried_out(machine, work, stdout=stdout)
    if not says:
        assert told.code == 0, told
    elif stdout == "closed pipe":
        assert told.code == exits.CLOSED_PIPE, told
    else:
        assert told.code == exits.INPUT_OUTPUT, told
        assert complained(told.err), told
    YamlRepository(str(machine.home.file)).load(checked=False)
    named = {p.name for p in machine.home.folder.iterdir()}
    assert named <= {
        "directory.yaml", "document.json", "trust.json", "secrets.vault", "team.vault",
        "access-tests.yaml", "new-tests.yaml", "pool-trust.json",
        "base.yaml", ".git", ".gitattributes",
        "federated.json", "token", "response", "jwks.json", "metadata.xml", "credentials",
        *(f"{section}.yaml" for section in (*NOUNS, "resources")),
    }  # fmt: skip


def answers(machine: Machine, work: Work) -> bool:
    """Whether the line says anything on stdout when all is well."""
    if work.line not in machine.answers:
        machine.restore(work.start)
        machine.answers[work.line] = carried_out(machine, work).out != ""
    return machine.answers[work.line]


# Ctrl-C at a prompt.

QUESTIONS = [
    *((work.line.replace(" --yes", ""), "[y/N]") for work in WORKS if "--yes" in work.line),
    ("key import bob", "access key id: "),
    ("vault export team.vault", "Passphrase for the export: "),
    ("vault import secrets.vault", "Passphrase of the export: "),
    ("vault rewrap --to passphrase", "New passphrase for this machine's vault: "),
    ("init --vault passphrase", "New passphrase for this machine's vault: "),
    ("mfa enable drawer --user bob", "Code of drawer: "),
    ("mfa resync phone", "Code of phone: "),
    ("user create -", ""),
    ("user inline put bob Own -", ""),
    ("role trust deployer -", ""),
    ("policy create More -", ""),
    ("validate -", ""),
]
"""A line, and what is on the screen when it asks; nothing there when it reads a document."""


def test_every_command_that_takes_yes_is_interrupted():
    asking = {w for w, c in LEAVES.items() if any("--yes" in p.opts for p in c.params)}
    asked = {w.words for w in WORKS if "--yes" in w.line}
    missing = [" ".join(words) for words in asking - asked]
    assert not missing, (
        f"iamctl {', '.join(missing)}: add a line with --yes to tests/cli/works.py: it is run "
        "without it to be interrupted"
    )


@pytest.mark.parametrize(
    ("line", "question"),
    [
        pytest.param(*asked, id=asked[0], marks=() if n % 9 == 0 else pytest.mark.slow)
        for n, asked in enumerate(QUESTIONS)
    ],
)
def test_ctrl_c_at_a_question(machine, line, question):
    if not question and not os.path.exists("/proc/self/syscall"):
        pytest.skip("nothing says here when a process waits")
    starts = {work.line.replace(" --yes", ""): work.start for work in WORKS}
    machine.restore({**starts, "init --vault passphrase": "fresh"}.get(line, "furnished"))
    before = machine.tree()
    told = interrupted(machine.home, line.split(), question)
    assert told.code == exits.INTERRUPTED, told
    assert complained(told.out.replace("^C", "\n")), told
    after = machine.tree()
    for made in ("state", "state/iamctl", "state/iamctl/creating"):
        assert after.pop(made, None) == before.pop(made, None) or line.startswith("init")
    assert after == before


OPENING = [
    "assume-role deployer --as alice -o sh",
    "whoami --as alice",
    "get-caller-identity --as alice",
    "key create alice -o json",
    "key rotate alice --quiet",
    "key delete AKIAALICE0000000IMPT --yes",
    "user delete alice --cascade --yes",
    "mfa code phone",
    "mfa create tablet -o json",
    "mfa enable drawer --user bob",
    "mfa resync phone",
    "mfa delete phone --cascade --yes",
    "vault status",
    "vault prune --yes",
    "vault rotate-signing-key --now --yes",
]
"""Lines that open the vault, and so ask for its passphrase where it has one."""


@pytest.mark.parametrize(
    "line", [pytest.param(x, marks=() if x == OPENING[0] else pytest.mark.slow) for x in OPENING]
)
def test_ctrl_c_when_the_vault_asks_for_its_passphrase(machine, line):
    def any_kind() -> None:
        os.environ["IAMCTL_VAULT"] = ""

    machine.restore()
    rewrap = Work("vault rewrap --to passphrase", True, frozenset())
    assert carried_out(machine, rewrap, prepare=any_kind).code == 0
    before = machine.tree()
    question = "Passphrase of this machine's vault: "
    told = interrupted(machine.home, line.split(), question, prepare=any_kind)
    assert told.code == exits.INTERRUPTED, told
    assert complained(told.out), told
    if line.endswith("-o sh"):
        assert re.search(r"^unset [A-Z_ ]+;\n\(exit 130\);\n", told.out, re.MULTILINE), told
        assert "export" not in told.out
    assert machine.tree() == before
