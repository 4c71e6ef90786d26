import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iamctl import settings as settings_module
from iamctl.domain.errors import ConcurrentChange, InvalidValue, NotFound, StorageFailure
from iamctl.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(str(tmp_path / "iamctl" / "settings.toml"))


def test_what_is_set_is_read_back(settings):
    settings.set("duration", "2h")
    settings.set("aliases.prod.eu", "deployer")
    settings.set("directories.5b1d-x.user", "me")
    assert list(Settings(settings.path).items()) == [
        ("duration", "2h"),
        ("aliases.prod.eu", "deployer"),
        ("directories.5b1d-x.user", "me"),
    ]
    assert settings.get("aliases.prod.eu") == "deployer"
    assert settings.get("vault") is None


def test_comments_survive(settings, tmp_path):
    (tmp_path / "iamctl").mkdir(mode=0o700)
    text = "# mine\nduration = '1h' # short\n\n[aliases]\n# team\na = 'b'\n"
    (tmp_path / "iamctl" / "settings.toml").write_text(text)
    settings.set("aliases.c", "d")
    settings.set("duration", "2h")
    written = (tmp_path / "iamctl" / "settings.toml").read_text()
    assert "# mine" in written
    assert "# short" in written
    assert "# team" in written
    settings.unset("aliases.c")
    settings.unset("aliases.a")
    assert Settings(settings.path).values() == {"duration": "2h"}


@pytest.mark.parametrize("key", ["", "colour", "aliases", "aliases.", "duration.x", "directories.u",
                                 "directories.u.key", "directories.u.aws", "directories.u.aws.key",
                                 "directories.u.user.x", "directories.u.aws.region.x"])  # fmt: skip
def test_settings_we_do_not_know(settings, key):
    with pytest.raises(NotFound):
        settings.get(key)


def test_a_broken_file_says_where(settings, tmp_path):
    (tmp_path / "iamctl").mkdir(mode=0o700)
    (tmp_path / "iamctl" / "settings.toml").write_text("a = \n")
    with pytest.raises(InvalidValue, match="line 1"):
        settings.get("duration")


def test_unsetting_what_is_not_set(settings):
    with pytest.raises(NotFound, match="not set"):
        settings.unset("duration")


@pytest.mark.parametrize("text", [
    "aliases = 3", 'aliases = "x"', "aliases = {prod = 3}", "directories = 1", "duration = {}",
    "directories = {u = 1}", "directories = {u = {aws = 1}}",
    "directories = {u = {aws = {account = 123456789012}}}", "directories = {u = {user = 1}}",
    'directory = ["x"]', "vault = true",
])  # fmt: skip
def test_settings_of_another_shape_are_refused_and_kept(settings, tmp_path, text):
    (tmp_path / "iamctl").mkdir(mode=0o700)
    (tmp_path / "iamctl" / "settings.toml").write_text(text)
    name = text.partition(" ")[0]
    for use in (settings.values, lambda: settings.set("aliases.a", "b")):
        with pytest.raises(InvalidValue, match=f'"{name}" is not what it should be'):
            use()
    assert (tmp_path / "iamctl" / "settings.toml").read_text() == text


@pytest.mark.parametrize("value", ["\udcff", "a\nb", "\x1b[2J"])
def test_only_printable_text_is_set(settings, value):
    with pytest.raises(InvalidValue, match="printable"):
        settings.set("directory", value)
    with pytest.raises(NotFound):
        settings.set(f"aliases.{value}", "x")


@pytest.mark.parametrize(("unset", "left"), [
    ("aliases.aliases", "aliases.other"),
    ("directories.user.user", "directories.other.user"),
])  # fmt: skip
def test_unsetting_a_name_that_its_table_bears_too_leaves_the_others(settings, unset, left):
    settings.set(unset, "gone")
    settings.set(left, "stays")
    settings.unset(unset)
    assert list(settings.items()) == [(left, "stays")]


def test_what_an_editor_saved_meanwhile_is_not_lost(settings, monkeypatch):
    settings.set("duration", "1h")
    parse = settings_module._parse

    def saved_meanwhile(text, path):
        Path(path).write_text('duration = "3h"\nvault = "file"\n')
        return parse(text, path)

    monkeypatch.setattr(settings_module, "_parse", saved_meanwhile)
    with pytest.raises(ConcurrentChange):
        settings.set("duration", "2h")
    assert Path(settings.path).read_text() == 'duration = "3h"\nvault = "file"\n'


WAYS = [
    '[directories.u1]\nuser="a" # c\n[aliases]\nx="y"\n[directories.u2]\nuser="b"\n',
    'directories.u1.user="a"\naliases.x = "y"\ndirectories.u2.user = "b"\n',
    'directories = {u1={user="a"}, u2={user="b"}}\naliases={x="y"}\n',
    '# top\n[aliases]\nx="y"\n[directories]\nu1.user="a"\n[directories.u2]\nuser="b"\n',
    'aliases."x" = "y"\r\n[directories]\r\n"u1" = {"user" = "a"}\r\nu2 = {user = "b"}\r\n',
    '[[later]]\nk=1\n[aliases]\nx="y"\n[directories.u1]\nuser="a"\nmore=1\n[directories.u3.z]\nk=2\n',
]
EDITS = [
    ("directories.u1.user", "new"), ("directories.u9.user", "n9"), ("aliases.q", "r"),
    ("duration", "2h"), ("aliases.aliases", "z"), ("directories.u2.user", "b2"),
    ("directories.u1.user", None), ("aliases.x", None), ("directories.u2.user", None),
    ("directories.u1.aws.account", "123456789012"), ("directories.u9.aws.profile", "p"),
    ("directories.u1.aws.account", None),
]  # fmt: skip


@pytest.mark.parametrize("text", WAYS)
@pytest.mark.parametrize("first", EDITS)
def test_however_the_file_is_written_an_edit_changes_what_it_says(tmp_path, text, first):
    for number, second in enumerate(EDITS):
        folder = tmp_path / str(number)
        folder.mkdir(mode=0o700)
        path = folder / "settings.toml"
        path.write_bytes(text.encode())
        settings = Settings(str(path))
        for key, value in (first, second):
            wanted = dict(settings.items())
            if value is not None:
                wanted[key] = value
                settings.set(key, value)
            elif key in wanted:
                del wanted[key]
                settings.unset(key)
            assert dict(Settings(str(path)).items()) == wanted


def test_an_edit_that_comes_out_otherwise_writes_nothing(settings, monkeypatch):
    settings.set("duration", "1h")
    before = Path(settings.path).read_bytes()
    put = settings_module._put

    def put_too_much(document, steps, value):
        put(document, steps, value)
        document["vault"] = "file"

    monkeypatch.setattr(settings_module, "_put", put_too_much)
    with pytest.raises(StorageFailure, match="more than was asked"):
        settings.set("duration", "2h")
    assert Path(settings.path).read_bytes() == before
    assert settings.get("duration") == "1h"


OF_DIRECTORY = "directories.UUID.user or directories.UUID.aws.account, .profile or .region"


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("aliases", "write aliases.NAME"),
        ("directories.5b1d", f"write {OF_DIRECTORY}"),
        ("durations", 'did you mean "duration"?'),
        (
            "nothing",
            "settings are directory, vault, duration, mfa_process, aliases.NAME, " + OF_DIRECTORY,
        ),
    ],
)
def test_a_setting_that_is_none_says_what_is_one(settings, key, hint):
    with pytest.raises(NotFound, match=f'there is no setting "{key}"') as refused:
        settings.get(key)
    assert refused.value.hint == hint


LINES = [
    "", "# mine", "#", "# a\tb", "[aliases]", "[directories.a]", "[directories.a.aws]",
    "[a]", "[a.b]", "[a.b.c]", "[[a]]", "[ a ]", '["a"]', "[]", "[a..b]", "[a.]", "[a]]", "[[a]",
    "[aé]", 'a = "x"', 'b = "y z"', 'user = "alice"', 'b="y"', 'b = "y" # short', 'b = "y\\n"',
    "b = 'y'", "b = 1", 'b.c = "y"', '"b" = "y"', 'b  = "y"', ' b = "y"', 'b = "y" ', 'b = ""',
    'b = """"""', 'b = "é"', 'b = "\t"', 'b = "\x7f"', 'b = "a"b"', 'b = "', 'b = ', "b", " = ",
    ' = "x"', 'b = "x", "y"', 'b = "\x85"', 'b = "x"\r', "\r", " ", "\x00", "#\x00",
    'c = {d = "e"}', 'b = "#"', 'b = "="',
]  # fmt: skip


@given(st.lists(st.sampled_from(LINES), max_size=7))
@example(["[a.b]", "[a]", 'b = "x"'])
@example(["[a]", 'b = "x"', "[a.b]"])
@example(["[a.b.c]", "[a.b]", 'c = "x"'])
def test_plain_values_are_read_as_tomllib_reads_them(lines):
    text = "\n".join(lines)
    plain = settings_module._plain_values(text)
    if plain is not None:
        assert plain == tomllib.loads(text)


def test_what_is_set_needs_no_tomllib(settings, monkeypatch):
    settings.set("duration", "2h")
    settings.set("aliases.prod", "deployer")
    settings.set("directories.5b1d-x.user", "me")
    known = dict(Settings(settings.path).items())
    monkeypatch.setitem(sys.modules, "tomllib", None)
    assert dict(Settings(settings.path).items()) == known
    assert len(known) == 3
