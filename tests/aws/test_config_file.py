"""The user's AWS config file: profiles come and go, everything else stays byte for byte."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ConfigParseError
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from iamctl.aws.config_file import AwsConfig
from iamctl.domain.errors import AlreadyExists, Conflict, IamctlError, InvalidValue, NotFound

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
COMMAND = ["/opt/i am/python", "-P", "-m", "iamctl", "assume-role", "deployer", "-o", "process"]
FILE = """\
# mine; do not touch
[default]
region = eu-west-1
output=json   ; not a comment
s3 =
  max_concurrent_requests = 20
  # nested

[profile  old]
role_arn : arn:aws:iam::111122223333:role/x
\tsource_profile = default

[sso-session corp]
sso_region = eu-west-1
# the end
"""


@pytest.fixture
def config(tmp_path: Path) -> AwsConfig:
    return AwsConfig(str(tmp_path / ".aws" / "config"), str(tmp_path / ".aws" / "credentials"))


def put(config: AwsConfig, data: bytes) -> Path:
    file = Path(config.path)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    return file


def read_by_botocore(config: AwsConfig) -> dict[str, dict[str, str]]:
    from botocore.configloader import load_config

    return load_config(config.path)["profiles"]


def test_a_new_file_is_the_persons_alone(config):
    config.install("deployer", COMMAND, "eu-west-1")
    file = Path(config.path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert os.listdir(file.parent) == ["config"]
    process = "'/opt/i am/python' -P -m iamctl assume-role deployer -o process"
    assert read_by_botocore(config) == {
        "deployer": {"credential_process": process, "region": "eu-west-1"}
    }
    (profile,) = config.profiles()
    assert (profile.name, profile.role, profile.region) == ("deployer", "deployer", "eu-west-1")
    assert profile.process == tuple(COMMAND)
    assert profile.intact
    config.remove("deployer")
    assert file.read_bytes() == b""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_nothing_else_changes(config, end, last):
    text = FILE if last else FILE.removesuffix("\n")
    old = text.replace("\n", end).encode()
    file = put(config, old)
    file.chmod(0o640)
    for name in ("one", "two", "default-2"):
        config.install(name, COMMAND)
    assert file.read_bytes().startswith(old)
    assert set(read_by_botocore(config)) == {"default", "old", "one", "two", "default-2"}
    assert file.read_bytes().count(b"\n") == file.read_bytes().count(end.encode())
    for name in ("two", "one", "default-2"):
        config.remove(name)
    assert file.read_bytes() == old
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_what_a_person_adds_around_a_profile_stays(config):
    file = put(config, b"")
    config.install("a", COMMAND)
    file.write_text("# above\n\n" + file.read_text() + "# below\n\n[profile mine]\nregion=x\n")
    config.install("b", COMMAND)
    config.remove("a")
    config.remove("b")
    assert file.read_text() == "# above\n# below\n\n[profile mine]\nregion=x\n"


def test_a_profile_is_renewed_in_its_place(config):
    file = put(config, FILE.encode())
    config.install("a", COMMAND, "eu-west-1")
    config.install("b", COMMAND)
    file.write_text(
        file.read_text().replace("eu-west-1\n\n# iamctl", "eu-west-1\ncli_pager =\n\n# iamctl")
    )
    config.install("a", ["/usr/bin/iamctl", "assume-role", "other"])
    profiles = read_by_botocore(config)
    assert list(profiles) == ["default", "old", "a", "b"]
    assert profiles["a"] == {
        "credential_process": "/usr/bin/iamctl assume-role other",
        "cli_pager": "",
    }
    before = file.stat()
    assert config.install("b", COMMAND).old == file.read_text()
    assert file.stat().st_ino == before.st_ino  # what changes nothing writes nothing


FOREIGN = "[profile deployer]\nregion = x\n"


@pytest.mark.parametrize("text", [
    FOREIGN, "[default]\n[profile   deployer]\n", '[profile "deployer"]\n', "# iamctl\n" + FOREIGN,
    "[profiles deployer]\n",  # botocore takes whatever begins with profile
    "# iamctl 0123456789abcdef: `iamctl aws-config remove deployer` takes this profile out\n\n"
    + FOREIGN,
])  # fmt: skip
def test_a_profile_of_somebody_else_is_refused(config, text):
    file = put(config, text.encode())
    with pytest.raises(AlreadyExists, match="did not write"):
        config.install("deployer", COMMAND)
    with pytest.raises(NotFound):
        config.remove("deployer")
    assert file.read_text() == text
    assert config.profiles() == []


@pytest.mark.parametrize(("old", "new"), [
    ("-o process", "-o process --as root"),
    ("= eu-west-1", "= us-east-1"),
    ("region =", "# why\nregion ="),
    ("region =", "region="),
    ("-o process\n", "-o process\n  --more\n"),
    ("[profile deployer]", "[profile  deployer]"),
    ("# iamctl ", "# iamctl 0"),
])  # fmt: skip
def test_an_edited_profile_is_the_persons(config, old, new):
    file = put(config, FILE.encode())
    config.install("deployer", COMMAND, "eu-west-1")
    head, _, block = file.read_text().rpartition("\n\n")
    text = f"{head}\n\n{block.replace(old, new)}"
    file.write_text(text)
    for act in (lambda: config.install("deployer", COMMAND), lambda: config.remove("deployer")):
        with pytest.raises((Conflict, AlreadyExists, NotFound)):
            act()
    assert file.read_text() == text


@pytest.mark.parametrize(
    "line", ["output = json\n", "# note\ncli_pager=\n", "\n[profile deployer ]\nx=y\n"]
)
def test_settings_of_somebody_else_keep_the_profile(config, line):
    file = put(config, b"")
    config.install("deployer", COMMAND)
    text = file.read_text() + line
    file.write_text(text)
    with pytest.raises(Conflict, match="did not write"):
        config.remove("deployer")
    assert file.read_text() == text


def test_a_region_of_somebody_else(config):
    file = put(config, b"")
    config.install("a", COMMAND)
    file.write_text(file.read_text() + "region = us-east-1\n")
    with pytest.raises(Conflict, match="region"):
        config.install("a", COMMAND, "eu-west-1")
    config.install("a", ["/x"])
    assert read_by_botocore(config)["a"]["region"] == "us-east-1"


def test_keys_in_the_credentials_file_come_first(config):
    put(config, b"")
    Path(config.credentials_path).write_text("[deployer]\naws_access_key_id = AKIA\n")
    with pytest.raises(AlreadyExists, match="come first"):
        config.install("deployer", COMMAND)
    config.install("other", COMMAND)


@pytest.mark.parametrize("data", [
    b"\xef\xbb\xbf[default]\n", b"region = x\n", b"[default]\n[default]\n", b"[a]\nx=1\nX=2\n",
    b"[a]\n\xff = 1\n", b"[a]\rb = c\n", b"[a]\nvalueless\n", b"[a]\n\0=1\n",
])  # fmt: skip
def test_what_no_sdk_reads_is_not_edited(config, data):
    file = put(config, data)
    for act in (lambda: config.install("a", COMMAND), lambda: config.remove("a"), config.profiles):
        with pytest.raises(InvalidValue) as caught:
            act()
        assert config.path in caught.value.message
        assert "valueless" not in caught.value.message  # a line may be a secret
    assert file.read_bytes() == data


@pytest.mark.parametrize("words", [["a\nb"], ["a\0"], ["x #y"], ["x ;y"], ["\udcff"], ["\x1b"]])
def test_words_that_the_file_cannot_carry(config, words):
    with pytest.raises(InvalidValue):
        config.install("a", words)
    assert not os.path.exists(config.path)


@pytest.mark.parametrize("name", ["", "a b", "a]", "-x", "a\n", "profile a", "é", "a#b", "x" * 65])
def test_names_that_are_none(config, name):
    with pytest.raises(InvalidValue):
        config.install(name, COMMAND)


@pytest.mark.parametrize("region", ["", "EU", "a b", "x\ny", "-a", "a--b", "eu-west-1 "])
def test_regions_that_are_none(config, region):
    with pytest.raises(InvalidValue):
        config.install("a", COMMAND, region)


def test_the_default_profile(config):
    config.install("default", COMMAND)
    assert list(read_by_botocore(config)) == ["default"]
    config.remove("default")
    put(config, b"[profile default]\nregion=x\n")
    with pytest.raises(AlreadyExists):
        config.install("default", COMMAND)


def test_a_link_of_the_persons_own_is_followed(config, tmp_path):
    kept = tmp_path / "dotfiles"
    kept.mkdir()
    (kept / "aws").write_text(FILE)
    Path(config.path).parent.mkdir()
    Path(config.path).symlink_to("../dotfiles/aws")
    config.install("a", COMMAND)
    assert os.path.islink(config.path)
    assert "[profile a]" in (kept / "aws").read_text()
    config.remove("a")
    assert (kept / "aws").read_text() == FILE


def test_a_dry_run_writes_nothing(config):
    edit = config.install("a", COMMAND, dry_run=True)
    assert edit.old == ""
    assert "[profile a]" in edit.new
    assert not os.path.exists(os.path.dirname(config.path))
    file = put(config, FILE.encode())
    assert config.install("a", COMMAND, dry_run=True).old == FILE
    assert file.read_text() == FILE


def test_writers_at_the_same_time_lose_nothing(config):
    file = put(config, FILE.encode())
    names = [f"p{number}" for number in range(12)]
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: config.install(name, COMMAND), names))
    assert {profile.name for profile in config.profiles()} == set(names)
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(config.remove, names))
    assert file.read_text() == FILE


def test_a_folder_or_pipe_is_no_config_file(config):
    os.makedirs(config.path)
    with pytest.raises(IamctlError):
        config.install("a", COMMAND)
    os.rmdir(config.path)
    os.mkfifo(config.path)
    with pytest.raises(IamctlError):
        config.install("a", COMMAND)


_LINES = st.sampled_from([
    "", " ", "\t", "# c", "  # c", "; c", "[default]", "[profile p]", "[profile q] ", "[x y z]",
    "[services s]", "a = b", "A: b", "b=", "c =  ", "  nested = 1", "\tmore", "d = # no", "e = ;x ",
    "[profile é]", "f = '", "]", "[", "  [in]", "g = [h]", "# iamctl 0123456789abcdef: x",
    "rem x", "i = \\", " ", " ", "k=\x0c",
])  # fmt: skip


@settings(max_examples=60 * SCALE, deadline=None)
@given(
    lines=st.lists(_LINES, max_size=12),
    ends=st.lists(st.sampled_from(["\n", "\r\n"]), min_size=13, max_size=13) | st.just(["\n"] * 13),
    last=st.booleans(),
    names=st.permutations(["one", "two", "three"]),
)
def test_install_then_remove_is_nothing(tmp_path_factory, lines, ends, last, names):
    text = "".join(line + end for line, end in zip(lines, ends, strict=False))
    text = text if last else text.removesuffix("\n").removesuffix("\r")
    config = AwsConfig(str(tmp_path_factory.getbasetemp() / "random-config"), "/nonexistent/x")
    Path(config.path).write_bytes(text.encode())
    try:
        config.profiles()
    except InvalidValue:
        assume(False)
    try:
        read_by_botocore(config)
        read_by_sdk = True
    except ConfigParseError:  # a nested setting without a key, for one
        read_by_sdk = False
    for name in ("one", "two", "three"):
        edit = config.install(name, COMMAND, "eu-west-1")
        assert edit.new.startswith(edit.old)
        assert Path(config.path).read_bytes() == edit.new.encode()
    if read_by_sdk:
        assert {"one", "two", "three"} <= set(read_by_botocore(config))
    for name in names:
        config.remove(name)
    assert Path(config.path).read_bytes() == text.encode()
