"""`iamctl validate`: every problem with its place, in each form, with the right exit code."""

import json
import os
import resource
import subprocess
import sys

import pytest

from iamctl import files as store_files
from iamctl.store.journal import Journal, Step

CONFLICT = "      - alice   # lead\n"
MARKED = f"<<<<<<< HEAD\n{CONFLICT}=======\n      - alicia\n>>>>>>> topic\n"


@pytest.fixture
def broken(team):
    """The team's file with a wrong member and a wrong Effect."""
    text = team.file.read_text().replace(CONFLICT, "      - alcie\n")
    team.file.write_text(text.replace("Effect: Allow", "Effect: Alow", 1))
    return team


def test_a_clean_file(team, iamctl):
    done = iamctl("validate", code=0)
    assert (done.stdout, done.stderr) == ("", "1 file checked: no problems\n")
    assert iamctl("validate", "-o", "github", code=0).stdout == ""
    assert json.loads(iamctl("validate", "-o", "json", code=0).stdout) == {"Findings": []}


def test_all_problems_with_place_and_hint(broken, iamctl):
    done = iamctl("validate", code=3)
    lines = done.stdout.splitlines()
    text = broken.file.read_text().split("\n")
    line = text.index("      - alcie") + 1
    where = f"{broken.file}:{line}:9"
    assert f'{where}: error: user "alcie" does not exist [unknown-user]' in lines
    assert lines[lines.index(next(x for x in lines if "alcie" in x)) + 1] == (
        '  hint: did you mean "alice"?'
    )
    assert "Effect must be exactly Allow or Deny" in done.stdout
    assert done.stderr == "1 file checked: 2 errors, 0 warnings\n"


def test_an_action_that_no_service_has_is_a_warning(team, iamctl):
    text = team.file.read_text()
    team.file.write_text(text.replace("s3:GetObject", "s3:GetObjct", 1))
    done = iamctl("validate", code=0)
    assert 'warning: AWS\'s list of actions does not know "s3:GetObjct"' in done.stdout
    assert '  hint: did you mean "s3:GetObject"?' in done.stdout.splitlines()
    assert done.stderr == "1 file checked: 0 errors, 1 warning\n"
    iamctl("validate", "--strict", code=1)


def test_a_pull_request_gets_annotations(broken, iamctl):
    lines = iamctl("validate", "directory.yaml", "-o", "github", code=3).stdout.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("::error file=directory.yaml,line=") for line in lines)


def test_programs_get_codes_and_places(broken, iamctl):
    found = json.loads(iamctl("validate", "-o", "json", code=3).stdout)["Findings"]
    assert {finding["Code"] for finding in found} == {"unknown-user", "invalid-effect"}
    assert all({"File", "Line", "Column", "Hint"} <= finding.keys() for finding in found)


def test_several_files_and_standard_input(broken, iamctl, tmp_path):
    good = tmp_path / "good.yaml"
    good.write_text("iamctl: 1\naccount:\n  id: '111122223333'\n")
    done = iamctl("validate", str(good), "directory.yaml", code=3)
    assert "2 files checked: 2 errors" in done.stderr
    assert iamctl("validate", str(good), str(good), code=0).stdout == ""
    done = iamctl("validate", "-", input=broken.file.read_text(), code=3)
    assert done.stdout.startswith("<stdin>:")
    assert iamctl("validate", "-", "-", input=good.read_text(), code=0).stdout == ""


def test_merge_conflicts_have_their_own_message(team, iamctl):
    team.file.write_text(team.file.read_text().replace(CONFLICT, MARKED))
    done = iamctl("validate", code=3)
    assert "unresolved merge conflict" in done.stdout
    assert "marker lines" in done.stdout
    assert "1 error," in done.stderr
    iamctl("user", "list", code=3)


def test_warnings_are_findings_only_when_strict(team, iamctl):
    text = team.file.read_text()
    team.file.write_text(text.replace("    id: AIDABOB0000000000001\n", ""))
    done = iamctl("validate", code=0)
    assert "warning:" in done.stdout
    assert "0 errors, 1 warning\n" in done.stderr
    iamctl("validate", "--strict", code=1)
    dry = iamctl("validate", "--fix", "--dry-run", code=0)
    assert dry.stdout.startswith('# user "bob": add id = AIDA')
    assert "\n+    id: AIDA" in dry.stdout
    assert 'user "bob": added id = AIDA' in iamctl("validate", "--fix", code=0).stderr
    iamctl("validate", "--strict", code=0)


@pytest.mark.parametrize("words", [("validate", "-"), ("vault", "import", "-")])
def test_standard_input_without_an_end_is_refused(trusted, words):
    memory = 2 << 30
    with open("/dev/zero", "rb") as endless:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "iamctl", *words],
            cwd=trusted.folder, env=trusted.environment, stdin=endless, capture_output=True,
            text=True, timeout=60, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory)),
        )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "standard input holds more than" in done.stderr


def test_standard_input_cannot_be_mended(team, iamctl):
    done = iamctl("validate", "--fix", "-", input=team.file.read_text(), code=2)
    assert done.stderr.startswith("error: --fix edits files, and standard input is none\n")


@pytest.mark.parametrize(
    ("words", "code"), [(("missing.yaml",), 4), (("missing.yaml", "--fix"), 4), (("-o", "yaml"), 2)]
)
def test_what_cannot_be_checked(team, iamctl, words, code):
    assert iamctl("validate", *words, code=code).stdout == ""


@pytest.mark.parametrize("mend", [(), ("--fix",)])
def test_of_several_files_one_that_cannot_be_read_hides_no_other(broken, iamctl, tmp_path, mend):
    """The highest code is the command's: missing 4, invalid 3."""
    (tmp_path / "sound.yaml").write_text("iamctl: 1\naccount:\n  id: '111122223333'\n")
    names = ("missing.yaml", str(broken.file), str(tmp_path / "sound.yaml"))
    done = iamctl("validate", *names, *mend, code=4)
    first = done.stdout.splitlines()[0]
    assert first.startswith("missing.yaml:1:1: error: ")
    assert first.endswith("missing.yaml does not exist [not-checked]")
    assert "[unknown-user]" in done.stdout
    assert "3 files checked: 3 errors, 0 warnings\n" in done.stderr
    found = json.loads(iamctl("validate", *names, "-o", "json", code=4).stdout)["Findings"]
    codes = ["not-checked", "unknown-user", "invalid-effect"]
    assert [finding["Code"] for finding in found] == codes


def test_of_several_files_every_one_that_can_be_mended_is(team, iamctl, tmp_path):
    text = "iamctl: 1\naccount:\n  id: '111122223333'\nusers:\n  eve: {}\n"
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(text)
    (tmp_path / "bad.yaml").write_text("iamctl: 1\n")
    names = [str(tmp_path / f"{name}.yaml") for name in ("one", "bad", "two")]
    dry = iamctl("validate", "--fix", "--dry-run", *names, code=3)
    assert dry.stdout.count("add id = AIDA") == 2
    assert "bad.yaml:1:1: error:" in dry.stdout
    iamctl("validate", "--fix", *names, code=3)
    assert all("AIDA" in (tmp_path / name).read_text() for name in ("one.yaml", "two.yaml"))


def test_a_folder_means_the_directory_file_in_it(broken, iamctl, tmp_path):
    folder = broken.file.parent
    done = iamctl("validate", str(folder), code=3)
    assert f"{broken.file}:" in done.stdout
    assert iamctl("validate", ".", code=3).stdout.startswith("directory.yaml:")
    (tmp_path / "empty").mkdir()
    done = iamctl("validate", str(tmp_path / "empty"), code=4)
    assert "directory.yaml does not exist" in done.stderr
    done = iamctl("validate", str(tmp_path / "empty"), ".", code=4)
    assert "directory.yaml does not exist [not-checked]" in done.stdout
    assert "[unknown-user]" in done.stdout


def test_a_folder_of_parts_and_an_empty_name(split, iamctl):
    done = iamctl("validate", "people", code=4)
    assert "people/directory.yaml does not exist" in done.stderr
    assert "hint: parts of a directory are named by file: iamctl validate people/*.yaml" in (
        done.stderr
    )
    (split.folder / "empty").mkdir()
    assert "make one with: iamctl init" in iamctl("validate", "empty", code=4).stderr
    assert "error: an empty name does not exist" in iamctl("validate", "", code=4).stderr


def test_metadata_written_by_hand_is_read(team, iamctl):
    text = team.file.read_text()
    said = "<EntityDescriptor>" + "x" * 1000 + "</EntityDescriptor>"
    team.file.write_text(f"{text}\nidentity_providers:\n  corp:\n    saml_metadata: {said}\n")
    done = iamctl("validate", code=0)
    line = text.count("\n") + 4
    assert f"{team.file}:{line}:20: warning: the metadata of identity provider" in done.stdout
    iamctl("validate", "--strict", code=1)


def test_included_files_are_checked_with_the_main_one(team, iamctl):
    text = team.file.read_text()
    users = text[text.index("users:") : text.index("groups:")]
    team.file.write_text(text.replace(users, "include: [people/*.yaml]\n"))
    people = team.folder / "people"
    people.mkdir()
    (people / "all.yaml").write_text(users.replace("[ReadArtifacts]", "[Read Artifacts]"))
    done = iamctl("validate", code=3)
    assert done.stdout.startswith(f"{people}/all.yaml:8:16: error: a policy name or ARN")
    assert done.stderr == "2 files checked: 1 error, 0 warnings\n"
    (people / "all.yaml").write_text(users)
    assert iamctl("validate", code=0).stderr == "2 files checked: no problems\n"
    shown = iamctl("can", "alice", "s3:GetObject", "arn:aws:s3:::artefacts/x", code=0)
    assert "allowed" in shown.stdout
    (people / "all.yaml").write_text(users.replace("ReadArtifacts", "ReadArtefacts"))
    done = iamctl("validate", "-o", "github", code=3)
    assert f"file={people}/all.yaml,line=8,col=16" in done.stdout
    assert iamctl("user", "list", code=3).stderr.startswith("people/all.yaml:8:16: error: ")


def test_standard_input_leads_to_no_other_files(team, iamctl):
    text = team.file.read_text().replace("users:", "include: [people/*.yaml]\nusers:", 1)
    done = iamctl("validate", "-", code=3, input=text)
    assert done.stdout.startswith("<stdin>:8:1: error: the files that this one includes cannot")


@pytest.fixture
def split(team):
    """The team's users in a part, who are named in the main file."""
    text = team.file.read_text()
    users = text[text.index("users:") : text.index("groups:")]
    team.file.write_text(text.replace(users, "include: [people/*.yaml]\n"))
    (team.folder / "people").mkdir()
    (team.folder / "people" / "all.yaml").write_text(users)
    return team


def test_for_a_part_the_directory_is_checked(split, iamctl):
    part = "people/all.yaml"
    done = iamctl("validate", part, code=0)
    assert done.stderr == f"{part} is a part of directory.yaml\n2 files checked: no problems\n"
    done = iamctl("validate", part, "directory.yaml", ".", str(split.folder / part), code=0)
    assert done.stderr.endswith("2 files checked: no problems\n"), "each is checked once"
    split.file.write_text(split.file.read_text().replace("- alice", "- alcie"))
    done = iamctl("validate", part, code=3)
    assert 'error: user "alcie" does not exist' in done.stdout
    split.file.write_text("users: [\n")
    assert "directory.yaml:" in iamctl("validate", part, code=3).stdout


def test_a_part_of_a_file_of_another_name(split, iamctl):
    split.file.rename(split.folder / "acme.yaml")
    done = iamctl("validate", "people/all.yaml", "--directory", "acme.yaml", code=0)
    assert "people/all.yaml is a part of acme.yaml\n" in done.stderr


def test_mending_a_part_mends_it_where_it_stands(split, iamctl):
    part = split.folder / "people" / "all.yaml"
    part.write_text(part.read_text().replace("    id: AIDABOB0000000000001\n", ""))
    before = split.file.read_text()
    iamctl("validate", "--fix", "people/all.yaml", code=0)
    assert "AIDABOB" not in part.read_text()
    assert part.read_text().count("id: AIDA") == 2
    assert split.file.read_text() == before


LONE = 'error: this is a part of a directory at most: it lacks "iamctl" and "account" [part]'


def test_a_part_that_nothing_includes_is_called_one(split, iamctl):
    (split.folder / "teams").mkdir()
    text = "users:\n  dora: {}\n  eve: {pth: /x/}\n"
    (split.folder / "teams" / "x.yaml").write_text(text)
    done = iamctl("validate", "teams/x.yaml", code=3)
    assert done.stdout.splitlines() == [
        f"teams/x.yaml:1:1: {LONE}",
        "  hint: name the file that includes it; one that stands alone starts with `iamctl: 1`",
        'teams/x.yaml:3:9: error: unknown key "pth" in user "eve" [unknown-key]',
        '  hint: did you mean "path"?',
    ]
    assert f"<stdin>:1:1: {LONE}" in iamctl("validate", "-", input=text, code=3).stdout
    done = iamctl("user", "list", "--directory", "teams/x.yaml", code=3)
    assert "this is a part of a directory at most" in done.stderr


def test_files_of_others_are_passed_over_when_that_is_asked(split, iamctl):
    (split.folder / "ci.yaml").write_text("jobs: {}\n")
    (split.folder / "values.yaml").write_text("a: {{ x }}\n---\n")
    (split.folder / "acme.yaml").write_text("iamctl: 1\n")
    others = ("ci.yaml", "values.yaml")
    iamctl("validate", *others, code=3)
    done = iamctl("validate", "--skip-others", *others, code=0)
    assert (done.stdout, done.stderr) == ("", "0 files checked: no problems\n")
    done = iamctl("validate", "--skip-others", *others, "people/all.yaml", code=0)
    assert done.stderr.endswith("2 files checked: no problems\n")
    done = iamctl("validate", "--skip-others", "ci.yaml", "acme.yaml", code=3)
    assert 'the directory lacks "account"' in done.stdout
    done = iamctl("validate", "--skip-others", "gone.yaml", code=4)
    assert "gone.yaml does not exist" in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="no pipes by name here")
def test_beside_a_pipe_nothing_stands(split, iamctl):
    reading, writing = os.pipe()
    os.write(writing, split.file.read_bytes())
    os.close(writing)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "iamctl", "validate", f"/dev/fd/{reading}"],
        cwd=split.folder, env=split.environment, capture_output=True, text=True, check=False,
        pass_fds=(reading,),
    )  # fmt: skip
    os.close(reading)
    assert done.returncode == 3, done
    assert "the files that this one includes cannot be found from here" in done.stdout


def test_parts_of_a_directory_that_was_found_must_be_our_own(split, iamctl):
    """Every other command refuses them too; a named directory may be anybody's."""
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(split.folder / "people" / "all.yaml", 12345, 12345)
    done = iamctl("validate", code=3)
    assert "all.yaml is not read: it belongs to another user" in done.stdout
    iamctl("validate", "directory.yaml", code=0)
    os.chown(split.file, 12345, 12345)
    iamctl("validate", "people/all.yaml", code=0)
    done = iamctl("validate", "--fix", "people/all.yaml", code=8)
    assert "which includes people/all.yaml, belongs to another user" in done.stderr


def test_a_split_that_was_cut_off_is_finished(team, iamctl):
    """A kill before the main file is written leaves parts that nothing includes."""
    before = team.file.read_text()
    iamctl("split", "--by", "path", "--yes", code=0)
    parted = team.file.read_text()
    made = (team.folder / "people" / "eng.yaml").read_text()
    iamctl("join", "--yes", code=0)
    assert team.file.read_text() == before
    journal = Journal(
        lambda: os.path.join(team.environment["XDG_STATE_HOME"], "iamctl", "edits"),
        os.path.realpath(team.file),
    )
    steps = [
        Step("people/eng.yaml", None, made.encode()),
        Step("directory.yaml", before.encode(), parted.encode()),
    ]

    def killed(*_: object, **__: object) -> None:
        os._exit(9)

    child = os.fork()
    if child == 0:
        setattr(Journal, "_undo", killed)  # noqa: B010
        setattr(store_files, "replace_durably", killed)  # noqa: B010
        journal.carry_out(steps)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert team.file.read_text() == before
    assert (team.folder / "people" / "eng.yaml").read_text() == made
    assert iamctl("validate", code=0).stderr == "2 files checked: no problems\n"
    assert team.file.read_text() == parted
