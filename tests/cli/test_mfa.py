"""`iamctl mfa`: devices in the file, seeds in the vault, pictures in the owner's hands."""

import json
import os
import re
import shlex
import time
from base64 import b32encode, b64decode
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import yaml

from tests.cli.conftest import UUID
from tests.cli.terminal import COMMAND, at_terminal
from tests.rendering.qr_reading import pixels_of_blocks, pixels_of_png, pixels_of_svg, read

CREATE_FOR_ALICE = ["mfa", "create", "phone", "--user", "alice"]
SERIAL = "arn:aws:iam::111122223333:mfa/"


def opened_vault(home):
    from iamctl.vault import VaultSettings, open_vault

    folder = os.path.join(home.environment["XDG_STATE_HOME"], "iamctl", UUID)
    return open_vault(folder, UUID, "file", VaultSettings(home.environment, os.urandom))


def held(home) -> tuple[str, ...]:
    """The devices whose seeds this machine holds."""
    return opened_vault(home).mfa_devices()


class Phone:
    """An authenticator app with a seed."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret)

    @classmethod
    def of(cls, home, device: str) -> "Phone":
        """One that has the seed which the vault holds."""
        return cls(b32encode(opened_vault(home).mfa_seed(device).reveal()).decode())

    def code(self, step: int = 0) -> str:
        """What it shows so many steps from now."""
        return str(self.totp.at(int(time.time()) + 30 * step))

    def pair(self, *steps: int) -> list[str]:
        """The options that give two codes."""
        first, second = map(self.code, steps)
        return ["--code1", first, "--code2", second]

    def wrong(self) -> str:
        """A code that it shows at no time near."""
        near = {self.code(step) for step in range(-25, 26)}
        return next(code for code in (f"{n:06}" for n in range(100)) if code not in near)


@pytest.fixture
def create(trusted, iamctl) -> Callable[..., Phone]:
    """Makes a device as a program would, and puts its seed into a phone."""

    def made(name: str, *more: str) -> Phone:
        told = iamctl("mfa", "create", name, *more, "-o", "json", code=0).stdout
        seed = json.loads(told)["VirtualMFADevice"]["Base32StringSeed"]
        return Phone(b64decode(seed).decode())

    return made


@pytest.fixture
def enabled(create, iamctl) -> Phone:
    """Alice's phone; its codes up to this one's predecessor are used up."""
    phone = create("phone", "--path", "/eng/")
    iamctl("mfa", "enable", "phone", "--user", "alice", *phone.pair(-2, -1), code=0)
    return phone


def mfa_of(home) -> str:
    """The section as the file has it."""
    return home.text().partition("\nmfa:\n")[2]


def fields(uri: str) -> tuple[str, str]:
    """Label and seed."""
    parts = urlsplit(uri)
    return parts.path, parse_qs(parts.query)["secret"][0]


class TestCreate:
    def test_as_aws_answers(self, trusted, iamctl):
        told = iamctl("mfa", "create", "phone", "--path", "/eng/", "--tag", "a=b", "-o", "json")
        device = json.loads(told.stdout)["VirtualMFADevice"]
        assert list(device) == ["SerialNumber", "Base32StringSeed", "QRCodePNG", "Tags"]
        assert device["SerialNumber"] == f"{SERIAL}eng/phone"
        assert device["Tags"] == [{"Key": "a", "Value": "b"}]
        seed = b64decode(device["Base32StringSeed"]).decode()
        assert re.fullmatch("[A-Z2-7]{32}", seed)
        uri = read(pixels_of_png(b64decode(device["QRCodePNG"])), scale=1)
        assert fields(uri) == ("/phone@acme-dev", seed)
        assert Phone.of(trusted, "phone").totp.secret == seed

    def test_comments_stay_and_no_seed_is_anywhere(self, trusted, create, iamctl, comments):
        phone = create("phone")
        iamctl("mfa", "enable", "phone", "--user", "alice", *phone.pair(-1, 0), code=0)
        assert all(comment in trusted.text() for comment in comments)
        raw = opened_vault(trusted).mfa_seed("phone").reveal()
        forms = (raw, phone.totp.secret.encode(), raw.hex().encode())
        for path in trusted.folder.parent.rglob("*"):
            if path.is_file():
                assert not any(form in path.read_bytes() for form in forms), path

    def test_without_eyes_nothing_is_made(self, trusted, iamctl):
        before = trusted.text()
        told = iamctl("mfa", "create", "phone", code=2)
        assert "no terminal" in told.stderr
        assert "--qr-png" in told.stderr
        assert (trusted.text(), held(trusted)) == (before, ())

    def test_without_hands_neither(self, trusted, iamctl):
        before = trusted.text()
        told = iamctl("mfa", "create", "phone", "--user", "alice", "--show-secret", code=2)
        assert "iamctl mfa enable" in told.stderr
        assert (trusted.text(), held(trusted)) == (before, ())

    def test_pictures_are_its_owners(self, trusted, iamctl):
        files = ("--qr-png", "a.png", "--qr-svg", "a.svg")
        before = os.umask(0)
        try:
            told = iamctl("mfa", "create", "phone", *files, code=0)
        finally:
            os.umask(before)
        assert told.stdout == ""
        for name in ("a.png", "a.svg"):
            assert (trusted.folder / name).stat().st_mode & 0o777 == 0o600
        uris = {
            read(pixels_of_png((trusted.folder / "a.png").read_bytes()), scale=1),
            read(pixels_of_svg((trusted.folder / "a.svg").read_bytes())),
        }
        (uri,) = uris
        assert fields(uri)[1] == Phone.of(trusted, "phone").totp.secret

    @pytest.mark.parametrize("kind", ["file", "link", "dangling"])
    def test_no_picture_is_written_over(self, trusted, iamctl, kind):
        there = trusted.folder / "a.png"
        kept = trusted.folder / "kept"
        if kind != "dangling":
            kept.write_text("kept")
        there.symlink_to(kept) if kind != "file" else there.write_text("kept")
        before = trusted.text()
        told = iamctl("mfa", "create", "phone", "--qr-svg", "a.svg", "--qr-png", "a.png", code=4)
        assert "already exists" in told.stderr
        assert (trusted.text(), held(trusted)) == (before, ())
        assert not (trusted.folder / "a.svg").exists()
        assert kept.exists() is (kind != "dangling")

    def test_a_picture_that_cannot_be_written_undoes_all(self, trusted, iamctl):
        before = trusted.text()
        files = ("--qr-png", "a.png", "--qr-svg", "nowhere/a.svg")
        assert iamctl("mfa", "create", "phone", *files).returncode in (4, 8)
        assert (trusted.text(), held(trusted)) == (before, ())
        assert not (trusted.folder / "a.png").exists()

    @pytest.mark.parametrize("name", ["", "a.png"])
    def test_pictures_need_two_names(self, trusted, iamctl, name):
        files = ("--qr-png", name, "--qr-svg", name, "--show-secret")
        iamctl("mfa", "create", "phone", *files, code=2)
        assert held(trusted) == ()

    def test_the_seed_as_text(self, trusted, iamctl):
        told = iamctl("mfa", "create", "phone", "--show-secret", code=0)
        shown = dict(line.split("\t") for line in told.stdout.splitlines())
        assert shown["seed"] == Phone.of(trusted, "phone").totp.secret
        assert shown["seed"] not in told.stderr

    def test_a_dry_run_makes_nothing(self, trusted, iamctl):
        before = trusted.text()
        told = iamctl("mfa", "create", "phone", "--user", "bob", "--dry-run", code=0)
        assert "+  phone:" in told.stdout
        assert (trusted.text(), held(trusted)) == (before, ())

    def test_a_seed_that_a_branch_may_need_is_kept(self, trusted, create, iamctl):
        before = trusted.text()
        phone = create("phone")
        trusted.file.write_text(before)
        told = iamctl("mfa", "create", "phone", "-o", "json", code=4)
        assert "vault prune mfa/phone" in told.stderr
        assert Phone.of(trusted, "phone").totp.secret == phone.totp.secret
        iamctl("vault", "prune", "mfa/phone", "--yes", code=0)
        create("phone")

    def test_forms_that_there_are_not(self, trusted, iamctl):
        assert "use json" in iamctl("mfa", "create", "phone", "-o", "table", code=2).stderr


class TestAtATerminal:
    def test_a_person_scans_types_two_codes_and_is_done(self, trusted, create):
        arguments = CREATE_FOR_ALICE
        typed: list[str] = []

        def next_code() -> str:
            step = len(typed) - 1
            typed.append(Phone.of(trusted, "phone").code(step))
            return f"{typed[-1]}\n"

        answers = [("Code of phone: ", next_code), ("shows next: ", next_code)]
        code, screen = at_terminal(trusted, arguments, answers)
        assert code == 0, screen
        drawn = "\n".join(line for line in screen.splitlines() if "█" in line or "▀" in line)
        assert fields(read(pixels_of_blocks(drawn)))[1] == Phone.of(trusted, "phone").totp.secret
        assert 'added MFA device "phone", enabled for user "alice"' in screen
        assert "user: alice" in mfa_of(trusted)

    def test_json_comes_after_the_codes_and_the_code_was_seen(self, trusted):
        answers = [
            ("Code of phone: ", lambda: f"{Phone.of(trusted, 'phone').code(-1)}\n"),
            ("shows next: ", lambda: f"{Phone.of(trusted, 'phone').code()}\n"),
        ]
        script = f"{shlex.join([*COMMAND, *CREATE_FOR_ALICE, '-o', 'json'])} > told"
        code, screen = at_terminal(trusted, ["-c", script], answers, command=["sh"])
        assert code == 0, screen
        drawn = "\n".join(line for line in screen.splitlines() if "█" in line or "▀" in line)
        secret = Phone.of(trusted, "phone").totp.secret
        assert fields(read(pixels_of_blocks(drawn)))[1] == secret
        told = json.loads((trusted.folder / "told").read_text())["VirtualMFADevice"]
        assert b64decode(told["Base32StringSeed"]).decode() == secret

    def test_in_colour_it_is_the_same(self, trusted):
        code, screen = at_terminal(trusted, ["mfa", "create", "phone"], [], {"TERM": "xterm"})
        assert code == 0, screen
        lines = [line for line in screen.splitlines() if line.startswith("\x1b[97;40m")]
        drawn = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(lines))
        assert fields(read(pixels_of_blocks(drawn)))[1] == Phone.of(trusted, "phone").totp.secret
        assert "iamctl mfa enable phone" in screen

    def test_a_narrow_terminal_gets_the_seed_as_text(self, trusted):
        script = f"stty cols 40; {shlex.join([*COMMAND, 'mfa', 'create', 'phone'])}"
        code, screen = at_terminal(trusted, ["-c", script], [], command=["sh"])
        assert code == 0, screen
        assert "█" not in screen
        assert f"as text: {Phone.of(trusted, 'phone').totp.secret}\n" in screen

    def test_three_wrong_pairs_undo_it(self, trusted):
        before = trusted.text()
        wrong = [
            ("Code of phone: ", lambda: f"{Phone.of(trusted, 'phone').wrong()}\n"),
            ("shows next: ", lambda: f"{Phone.of(trusted, 'phone').wrong()}\n"),
        ]
        arguments = CREATE_FOR_ALICE
        code, screen = at_terminal(trusted, arguments, wrong * 3)
        assert code == 5, screen
        assert screen.count("Authentication code for device is not valid.") == 3
        assert (trusted.text(), held(trusted)) == (before, ())

    def test_what_is_no_code_is_asked_for_again(self, trusted, create):
        phone = create("phone")
        answers = [
            ("Code of phone: ", "hunter2\n"),
            ("six digits. Code of phone: ", lambda: f"{phone.code(-1)}\n"),
            ("shows next: ", lambda: f"{phone.code()[:3]} {phone.code()[3:]}\n"),
        ]
        arguments = ["mfa", "enable", "phone", "--user", "bob"]
        code, screen = at_terminal(trusted, arguments, answers)
        assert code == 0, screen

    @pytest.mark.parametrize("question", ["Code of phone: ", "shows next: "])
    def test_ctrl_c_undoes_it(self, trusted, question):
        before = trusted.text()
        answers = [("Code of phone: ", "123456\n"), ("shows next: ", "\x03")]
        if question == "Code of phone: ":
            answers = [(question, "\x03")]
        arguments = [*CREATE_FOR_ALICE, "--qr-png", "a.png"]
        code, screen = at_terminal(trusted, arguments, answers)
        assert code == 130, screen
        assert screen.index("the QR code is in a.png") < screen.index("Code of phone: ")
        assert (trusted.text(), held(trusted)) == (before, ())
        assert not (trusted.folder / "a.png").exists()

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (["mfa", "create", "a b"], 2),
            (["mfa", "create", "phone"], 4),
            (["mfa", "create", "tablet", "--user", "nobody"], 4),
            (["mfa", "enable", "phone", "--user", "nobody"], 4),
            (["mfa", "enable", "phnoe", "--user", "alice"], 4),
        ],
    )
    def test_nobody_is_asked_in_vain(self, trusted, create, arguments, expected):
        create("phone")
        rewrapped = {"IAMCTL_VAULT": "", "IAMCTL_VAULT_PASSPHRASE": "p"}
        code, screen = at_terminal(
            trusted, ["vault", "rewrap", "--to", "passphrase"], [], rewrapped
        )
        assert code == 0, screen
        code, screen = at_terminal(trusted, arguments, [], {"IAMCTL_VAULT": ""})
        assert (code, "assphrase" in screen) == (expected, False), screen


class TestEnable:
    def test_two_codes_of_now(self, trusted, create, iamctl):
        phone = create("phone")
        before = mfa_of(trusted)
        told = iamctl(
            "mfa", "enable", f"{SERIAL}phone", "--user", "bob", *phone.pair(-1, 0), code=0
        )
        assert told.stderr == 'enabled MFA device "phone" for user "bob"\n'
        added = mfa_of(trusted).removeprefix(before)
        assert re.fullmatch(r"    user: bob\n    enabled: \S+Z\n", added)

    def test_two_that_are_not(self, trusted, create, iamctl):
        phone, other = create("phone"), create("other")
        before = trusted.text()
        pairs = (phone.pair(0, -1), phone.pair(0, 0), phone.pair(-9, -8), other.pair(-1, 0))
        for pair in pairs:
            told = iamctl("mfa", "enable", "phone", "--user", "bob", *pair, code=5)
            assert "Authentication code for device is not valid." in told.stderr
            assert not any(code in told.stderr for code in pair if code.isdigit())
        assert trusted.text() == before

    def test_after_so_many_it_waits(self, trusted, create, iamctl):
        phone = create("phone")
        wrong = ["--code1", phone.wrong(), "--code2", phone.wrong()]
        for _ in range(5):
            iamctl("mfa", "enable", "phone", "--user", "bob", *wrong, code=5)
        told = iamctl("mfa", "enable", "phone", "--user", "bob", *phone.pair(-1, 0), code=5)
        assert re.search(r"try again after \d{4}-", told.stderr)

    def test_one_code_or_none_is_too_few(self, trusted, create, iamctl):
        create("phone")
        told = iamctl("mfa", "enable", "phone", "--user", "bob", "--code1", "123456", code=2)
        assert "--code2" in told.stderr
        told = iamctl("mfa", "enable", "phone", "--user", "bob", code=2)
        assert "no terminal" in told.stderr

    def test_in_use_unknown_and_elsewhere(self, trusted, enabled, iamctl):
        two = ["--code1", "123456", "--code2", "234567"]
        told = iamctl("mfa", "enable", "phone", "--user", "bob", *two, code=4)
        assert "already in use" in told.stderr
        told = iamctl("mfa", "enable", "phnoe", "--user", "bob", *two, code=4)
        assert 'did you mean "phone"?' in told.stderr
        trusted.file.write_text(f"{trusted.text()}  elsewhere: {{}}\n")
        told = iamctl("mfa", "enable", "elsewhere", "--user", "bob", *two, code=6)
        assert "does not hold the seed" in told.stderr


class TestTheRest:
    def test_deactivate_asks(self, trusted, enabled, iamctl):
        before = trusted.text()
        assert "add --yes" in iamctl("mfa", "deactivate", "phone", code=2).stderr
        assert trusted.text() == before
        code, screen = at_terminal(trusted, ["mfa", "deactivate", "phone"], [("[y/N]", "y\n")])
        assert code == 0, screen
        assert "user" not in mfa_of(trusted)
        assert held(trusted) == ("phone",)
        iamctl("mfa", "enable", "phone", "--user", "bob", *enabled.pair(0, 1), code=0)

    def test_resync_follows_a_clock(self, trusted, enabled, iamctl):
        iamctl("mfa", "resync", "phone", *enabled.pair(17, 18), code=0)
        near = {enabled.code(18), enabled.code(19)}
        assert iamctl("mfa", "code", "phone", code=0).stdout.strip() in near
        told = iamctl("mfa", "resync", "phone", *enabled.pair(17, 18), code=5)
        assert "a code works once" in told.stderr
        assert iamctl("mfa", "resync", "phone", *enabled.pair(90, 91)).returncode == 5

    def test_resync_of_nobodys(self, trusted, create, iamctl):
        create("phone")
        assert "not enabled" in iamctl("mfa", "resync", "phone", code=2).stderr

    def test_a_code_is_the_phones(self, trusted, enabled, iamctl):
        near = {enabled.code(-1)}
        told = iamctl("mfa", "code", f"{SERIAL}eng/phone", code=0)
        assert told.stdout.strip() in near | {enabled.code(-1)}  # a step behind, as it was enabled
        assert told.stderr == ""
        assert iamctl("mfa", "code", "phnoe", code=4).stdout == ""

    def test_delete(self, trusted, enabled, iamctl):
        told = iamctl("mfa", "delete", "phone", "--yes", code=4)
        assert "must deactivate first" in told.stderr
        assert held(trusted) == ("phone",)
        assert "--yes" in iamctl("mfa", "delete", "phone", "--cascade", code=2).stderr
        iamctl("mfa", "delete", "phone", "--cascade", "--dry-run", code=0)
        assert held(trusted) == ("phone",)
        iamctl("mfa", "delete", "phone", "--cascade", "--yes", code=0)
        assert "phone" not in trusted.text()
        assert held(trusted) == ()

    def test_a_deleted_user_takes_the_seeds_along(self, trusted, enabled, iamctl):
        told = iamctl("user", "delete", "alice", "--yes", code=4)
        assert "must" in told.stderr
        assert "MFA device" in told.stderr
        iamctl("user", "delete", "alice", "--cascade", "--yes", code=0)
        assert "phone" not in trusted.text()
        assert held(trusted) == ()

    def test_lists(self, trusted, enabled, create, iamctl):
        create("drawer")
        rows = [line.split("\t")[:2] for line in iamctl("mfa", "list").stdout.splitlines()]
        assert rows == [["device", "user"], ["drawer", ""], ["phone", "alice"]]
        names = iamctl("mfa", "list", "--assignment-status", "Unassigned", "-o", "name").stdout
        assert names == "drawer\n"
        every = json.loads(iamctl("mfa", "list", "-o", "json").stdout)["VirtualMFADevices"]
        assert [one["SerialNumber"] for one in every] == [f"{SERIAL}drawer", f"{SERIAL}eng/phone"]
        assert every[1]["User"]["UserName"] == "alice"
        (hers,) = json.loads(iamctl("mfa", "list", "--user", "alice", "-o", "json").stdout)[
            "MFADevices"
        ]
        assert set(hers) == {"UserName", "SerialNumber", "EnableDate"}
        assert iamctl("mfa", "list", "--user", "bob").stderr == "no MFA device matches\n"
        assert "use Assigned" in iamctl("mfa", "list", "--assignment-status", "x", code=2).stderr

    def test_show_by_either_name(self, trusted, enabled, iamctl):
        by_name = iamctl("mfa", "show", "phone", code=0).stdout
        assert f"{SERIAL}eng/phone" in by_name
        assert "alice" in by_name
        assert iamctl("mfa", "show", f"{SERIAL}eng/phone", code=0).stdout == by_name

    def test_tags(self, trusted, create, iamctl):
        create("phone")
        iamctl("mfa", "tag", "phone", "team=x", "Team=y", code=0)
        iamctl("mfa", "untag", "phone", "TEAM", "team", code=0)
        assert yaml.safe_load(trusted.text())["mfa"]["phone"]["tags"] == {"Team": "y"}
