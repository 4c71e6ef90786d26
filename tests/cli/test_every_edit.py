"""Every editing command on hand-formatted files: it does what it should and touches nothing else.

The judge is `edit_oracle`, which shares no code with iamctl.
"""

import copy
import difflib
import json
import os
import random

import pytest

from iamctl.cli.table_making import leaves
from tests.cli.edit_cases import CASES
from tests.cli.edit_oracle import MARK, Changed, Text, differences, judge, read, tidy
from tests.cli.edit_stage import UUID, Case, document, stage, trust
from tests.cli.inprocess import run_here
from tests.cli.works import type_codes
from tests.store.hand_formatted import HandFormatted, random_user

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))

EDIT_NO_DIRECTORY = {
    *(("vault", "prune"), ("aws-config", "install"), ("aws-config", "remove")),
    *(("split",), ("join",), ("git", "install"), ("git", "uninstall")),
}
"""Commands that have --dry-run because of something else they change, or that move texts from file
to file."""

CHANGE_NO_EDIT = (
    *("help", "directory", "lock_timeout", "dry_run", "output", "yes", "strict", "skip_others"),
    *("show_secret", "quiet", "output_file", "qr_png", "qr_svg", "code1", "code2", "into"),
)
"""Options that do not change what an edit does to the file."""


class Editor:
    """Runs cases, each on the same file, in one home."""

    def __init__(self, home, capfd, data: bytes, by_marks: bool = False) -> None:
        self.home = home
        self.capfd = capfd
        self.data = data
        self.text = data.decode().removeprefix("\ufeff")
        self.marked = data.startswith("\ufeff".encode())
        self.before = read(self.text)
        self.old = Text(self.text)
        self.by_marks = by_marks

    def carry_out(self, case: Case) -> tuple[int, str, str]:
        """What the case's command ends with and says; no device's code was used before it."""
        if case.words[0] == "mfa":
            lay_out_seeds(self.home, self.before["directory"])
        return run_here(self.home, case.words, self.capfd, case.stdin.encode())

    def wrong(self, case: Case) -> list[str]:
        """What is wrong with what the case's command did; nothing when all is well."""
        self.home.file.write_bytes(self.data)
        code, out, err = self.carry_out(case)
        if code != 0:
            return [f"exit code {code}: {out}{err}"]
        after = self.home.file.read_bytes().decode()
        if after.startswith("\ufeff") is not self.marked:
            return ["the byte order mark came or went"]
        after = after.removeprefix("\ufeff")
        found = read(after)
        wanted = copy.deepcopy(self.before)
        case.want(wanted, found)
        wanted = tidy(wanted)
        if wanted != found:
            odd = [str(d) for d in differences(wanted, found, {})]
            return [f"the file should read otherwise at {', '.join(odd)}"]
        changes = differences(self.before, found, dict(case.renamed))
        return judge(self.old, after, changes, self.by_marks)


@pytest.fixture(autouse=True)
def person(monkeypatch):
    """Somebody at a terminal who types the codes of an MFA device."""
    monkeypatch.setattr("iamctl.prompts.ask_terminal", type_codes())
    monkeypatch.setattr("iamctl.cli.mfa_making.has_terminal", lambda: True)


def lay_out_seeds(home, uuid: str) -> None:
    """The directory's vault holds seeds of the stage's devices, and of no others."""
    from iamctl.domain.secret import Secret
    from iamctl.vault import VaultSettings, open_vault

    folder = os.path.join(home.environment["XDG_STATE_HOME"], "iamctl", uuid)
    vault = open_vault(folder, uuid, "file", VaultSettings(home.environment, os.urandom))
    vault.delete_mfa_seeds(vault.mfa_devices())
    for name in stage(random.Random(0))["mfa"]:
        vault.put_mfa_seed(name, Secret(os.urandom(20)))


def adopt(home) -> None:
    """A `file` vault for the directory, and documents to read from files."""
    from iamctl.domain.secret import Secret
    from iamctl.ports import SigningKey
    from iamctl.vault import VaultSettings, create_vault, vault_folder
    from iamctl.vault import trusted as trust_of

    state = os.path.join(home.environment["XDG_STATE_HOME"], "iamctl")
    key = SigningKey("0123456789abcdef", Secret(os.urandom(32)))
    settings = VaultSettings(home.environment, os.urandom)
    create_vault("file", vault_folder(state, UUID), UUID, key, settings)
    trust_of.record(state, UUID, str(home.file))
    home.folder.joinpath("document.yaml").write_text(str(document("sns:*")))
    home.folder.joinpath("trust.yaml").write_text(
        str(trust({"AWS": ["arn:aws:iam::123456789012:root"]}))
    )


def failures(editor: Editor, cases=CASES) -> str:
    """What is wrong with the cases, in words: "" when nothing is."""
    told = []
    for case in cases:
        wrong = editor.wrong(case)
        if wrong:
            now = editor.home.file.read_bytes().decode("utf-8-sig").splitlines(keepends=True)
            diff = difflib.unified_diff(editor.text.splitlines(keepends=True), now, n=9)
            told.append("\n".join((f"iamctl {case.line}", *wrong, "".join(diff))))
    return f"{len(told)} of {len(cases)} failed\n" + "\n\n".join(told[:5]) if told else ""


def random_file(rng: random.Random, more_users=None, **style) -> bytes:
    """The directory in a random style."""
    return HandFormatted(rng, **style).write(stage(rng, more_users))


def test_the_table_has_every_editing_command_with_each_of_its_options():
    lines = [case.words for case in CASES]
    for words, command in leaves():
        dry = any(parameter.name == "dry_run" for parameter in command.params)
        if words in EDIT_NO_DIRECTORY or not (dry or words == ("init",)):
            continue
        mine = [line for line in lines if tuple(line[: len(words)]) == words]
        assert mine, f"no case of {' '.join(words)}"
        if words == ("init",):  # its other options say what a new file holds
            continue
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.name not in CHANGE_NO_EDIT:
                used = any(set(parameter.opts) & set(line) for line in mine)
                assert used, f"no case of {' '.join(words)} with {parameter.opts[0]}"


def test_the_judge_notices_what_an_edit_should_not_touch(home, capfd):
    adopt(home)
    editor = Editor(home, capfd, random_file(random.Random(3), comments=0.3))
    assert editor.wrong(Case("group add dev eve", lambda plain, _: plain)) != []
    case = next(case for case in CASES if case.line == "user tag alice new=no")
    assert editor.wrong(case) == []
    good = home.file.read_bytes().decode("utf-8-sig")
    changes = [Changed("add", ("users", "alice", "tags", "new"))]
    assert judge(editor.old, good, changes) == []
    for comment in (editor.old.comments[0][1], editor.old.comments[-1][1]):
        at = good.rindex(comment)
        assert judge(editor.old, good[:at] + good[at + len(comment) :], changes) != []
        assert judge(editor.old, f"{good[:at]} {good[at:]}", changes) != []
        assert judge(editor.old, f"{good[:at]}{comment} {good[at:]}", changes) != []
    assert judge(editor.old, good + "\n", changes) != []
    assert judge(editor.old, good.replace("Ships", "ships"), changes) != []
    assert judge(editor.old, good, []) != []


def test_the_judge_is_not_misled_by_text_that_looks_like_what_stays():
    head = "account: {}\nusers:\n  bob:\n    tags:\n"
    tags = ("users", "bob", "tags")
    changes = [Changed("replace", (*tags, "team")), Changed("add", (*tags, "Team"))]
    old = Text(f"{head}      team: x # {{a: b}}\n      a: b\n")
    good = f"{head}      team: y # {{a: b}}\n      a: b\n      Team: z\n"
    assert judge(old, good, changes) == []
    assert judge(old, good.replace("      a: b\n", ""), changes) != []
    assert judge(old, good.replace("      a: b\n", "      a: c\n"), changes) != []


def test_adopting_a_file_adds_its_uuid_alone(home, capfd):
    for seed in range(3):
        rng = random.Random(seed)
        plain = stage(rng)
        del plain["directory"]
        editor = Editor(home, capfd, HandFormatted(rng, comments=0.3).write(plain))
        case = Case("init", lambda plain, after: plain.update(directory=after["directory"]))
        assert failures(editor, [case]) == ""
        assert len(read(home.file.read_bytes().decode())["directory"]) == len(UUID)


@pytest.mark.slow
@pytest.mark.parametrize("indent", [2, "\t", None] if SCALE > 1 else [None])
def test_every_edit_of_a_json_file(home, capfd, indent):
    adopt(home)
    text = json.dumps(stage(random.Random(5)), indent=indent)
    assert failures(Editor(home, capfd, text.encode())) == ""


@pytest.mark.parametrize("odd", [False, True])
def test_every_edit_of_a_hand_formatted_file(home, capfd, odd):
    adopt(home)
    data = random_file(random.Random(odd), comments=0.15, odd=odd)
    assert failures(Editor(home, capfd, data)) == ""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3 * SCALE))
def test_every_edit_of_files_in_every_style(home, capfd, seed):
    """At scale 1 each file sees every third case, and each case one of the files."""
    adopt(home)
    rng = random.Random(1000 + seed)
    data = random_file(rng, comments=rng.choice([0.05, 0.15, 0.4]))
    cases = CASES if SCALE > 1 else CASES[seed::3]
    assert failures(Editor(home, capfd, data), cases) == ""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2 * SCALE))
def test_edits_one_after_another_touch_nothing_but_their_own(home, capfd, seed):
    """What each makes of the values is the other tests' affair: here commands may be refused."""
    adopt(home)
    rng = random.Random(3000 + seed)
    editor = Editor(home, capfd, random_file(rng, comments=0.2))
    home.file.write_bytes(editor.data)
    done = 0
    for case in rng.sample(CASES, 20):
        code, _, err = editor.carry_out(case)
        data = home.file.read_bytes()
        assert code in (0, 2, 4), (case.line, code, err)
        assert code == 0 or data == editor.data, (case.line, err)
        following = Editor(home, capfd, data)
        changes = differences(editor.before, following.before, dict(case.renamed))
        assert judge(editor.old, following.text, changes) == [], case.line
        done += code == 0
        editor = following
    assert done > 5


USERS = 250 if SCALE == 1 else 1000


def many_users(rng: random.Random):
    """Many users, a few of them with everything a user can have."""
    users = {}
    for n in range(USERS):
        whole = random_user(rng)
        if "tags" in whole:  # values that AWS does not take are warned of, and no key is made
            tags = {k: v for k, v in whole["tags"].items() if not set(v) & set("#[],")}
            whole = whole | {"tags": tags}
        few = ("path", "created", "tags", "policies")
        sound = "id" in whole and rng.random() < 0.1
        kept = whole if sound else {k: v for k, v in whole.items() if k in few}
        users[f"user{n:04d}"] = kept
    return users


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SCALE))
def test_every_edit_of_a_file_of_many_users(home, capfd, seed):
    """At scale 1 one case of each command, and a quarter of the users."""
    adopt(home)
    rng = random.Random(2000 + seed)
    data = random_file(rng, many_users(rng), comments=0.2)
    editor = Editor(home, capfd, data, by_marks=True)
    assert sorted(MARK.findall(editor.text)) == sorted(
        mark for _, comment in editor.old.comments for mark in MARK.findall(comment)
    )
    by_command = {tuple(case.words[: 2 + ("inline" in case.words)]): case for case in CASES}
    assert failures(editor, CASES if SCALE > 1 else [*by_command.values()]) == ""
