"""`iamctl vault`: this machine's secrets, told, carried, rewrapped, rotated, and hard to break."""

import errno
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import at_terminal

UUID = "5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21"
COMMAND = [sys.executable, "-P", "-m", "iamctl"]
ASSUME = ("assume-role", "deployer", "--as", "alice", "-o", "json")


@pytest.fixture
def key(trusted, iamctl) -> tuple[str, str]:
    """Alice's new key: id and secret."""
    made = iamctl("key", "create", "alice", "-o", "json", code=0).stdout
    access = json.loads(made)["AccessKey"]
    return access["AccessKeyId"], access["SecretAccessKey"]


@pytest.fixture
def elsewhere(trusted, key, tmp_path, iamctl) -> dict[str, str]:
    """Another machine with the same file: what its environment has instead."""
    machine = {
        "XDG_STATE_HOME": str(tmp_path / "laptop" / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "laptop" / "config"),
    }
    iamctl("init", env=machine, code=0)
    return machine


def folder_of(home) -> Path:
    return Path(home.environment["XDG_STATE_HOME"]) / "iamctl" / UUID


def status(iamctl, **more) -> dict[str, object]:
    shape: dict[str, object] = json.loads(
        iamctl("vault", "status", "-o", "json", code=0, **more).stdout
    )
    return shape


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def filled(path: Path) -> int | None:
    """Write until the disk is full; the number of the error that says so."""
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 512)
        except OSError as error:
            return error.errno


class TestStatus:
    def test_what_is_held_what_is_not_and_what_nobody_mentions(self, trusted, key, iamctl):
        shape = status(iamctl)
        assert shape["Directory"] == UUID
        assert shape["Kind"] == "file"
        assert shape["AccessKeys"] == [key[0]]
        assert shape["Orphans"] == []
        assert shape["NotHeld"] == ["AKIAALICE00000000001"]
        trusted.file.write_text(trusted.text().replace(key[0], "AKIAALICE00000000002"))
        shape = status(iamctl)
        assert shape["Orphans"] == [key[0]]
        assert shape["NotHeld"] == ["AKIAALICE00000000001", "AKIAALICE00000000002"]
        lines = iamctl("vault", "status", code=0).stdout.splitlines()
        assert f"orphans\t{key[0]}" in lines
        assert [line for line in lines if line.startswith("not held")] == [
            "not held here\tAKIAALICE00000000001",
            "not held here\tAKIAALICE00000000002",
        ]
        assert iamctl("vault", "status", "-o", "name", code=0).stdout == "file\n"

    def test_without_a_vault(self, team, iamctl):
        assert "iamctl trust" in iamctl("vault", "status", code=6).stderr
        iamctl("trust", "--yes", code=0)
        assert "iamctl init" in iamctl("vault", "status", code=6).stderr

    @pytest.mark.parametrize("kind", ["passphrase", "keyring", "env"])
    def test_another_kind_than_the_recorded_one_is_no_fallback(self, trusted, iamctl, kind):
        before = contents(folder_of(trusted))
        done = iamctl("vault", "status", env={"IAMCTL_VAULT": kind}, code=6)
        assert f"is of kind file, not {kind}" in done.stderr
        assert ("rewrap" in done.stderr) is (kind != "env")
        assert contents(folder_of(trusted)) == before
        iamctl("vault", "status", env={"IAMCTL_VAULT": "safe"}, code=2)
        iamctl("vault", "status", env={"IAMCTL_VAULT": ""}, code=0)


class TestPrune:
    @pytest.fixture
    def orphans(self, trusted, key, iamctl) -> tuple[str, str]:
        before = trusted.text()
        second = iamctl("key", "create", "bob", "-q", code=0).stdout.strip()
        trusted.file.write_text(before.replace(key[0], "AKIAALICE00000000002"))
        return key[0], second

    def test_nothing_to_forget(self, trusted, key, iamctl):
        done = iamctl("vault", "prune", code=0)
        assert "no orphans" in done.stderr
        assert status(iamctl)["AccessKeys"] == [key[0]]

    def test_all_of_them_after_yes(self, orphans, iamctl):
        done = iamctl("vault", "prune", "--dry-run", code=0)
        assert done.stdout.split() == sorted(orphans)
        assert "--yes" in iamctl("vault", "prune", code=2).stderr
        assert status(iamctl)["Orphans"] == sorted(orphans)
        assert "forgot 2 secrets" in iamctl("vault", "prune", "--yes", code=0).stderr
        assert status(iamctl)["AccessKeys"] == []

    def test_by_name(self, orphans, iamctl):
        iamctl("vault", "prune", orphans[1], "--yes", code=0)
        assert status(iamctl)["Orphans"] == [orphans[0]]
        iamctl("vault", "prune", orphans[1], "--yes", code=4)
        done = iamctl("vault", "prune", orphans[0], "AKIAALICE00000000002", "--yes", code=4)
        assert "iamctl key delete" in done.stderr
        assert status(iamctl)["Orphans"] == [orphans[0]]

    def test_seeds_of_devices_that_the_file_does_not_mention(self, trusted, key, iamctl):
        before = trusted.text()
        iamctl("mfa", "create", "phone", "-o", "json", code=0)
        shape = status(iamctl)
        assert (shape["MFADevices"], shape["Orphans"]) == (["phone"], [])
        done = iamctl("vault", "prune", "mfa/phone", "--yes", code=4)
        assert "iamctl mfa delete phone" in done.stderr
        trusted.file.write_text(before.replace(key[0], "AKIAALICE00000000002"))
        assert status(iamctl)["Orphans"] == [key[0], "mfa/phone"]
        assert "secrets held\t" + key[0] in iamctl("vault", "status", code=0).stdout
        for name in ("mfa/none", "phone", "mfa/"):
            iamctl("vault", "prune", name, "--yes", code=4)
        iamctl("vault", "prune", "mfa/phone", "--yes", code=0)
        shape = status(iamctl)
        assert (shape["MFADevices"], shape["AccessKeys"]) == ([], [key[0]])
        assert shape["Orphans"] == [key[0]]

    def test_a_device_of_the_file_whose_seed_is_elsewhere(self, trusted, key, iamctl, elsewhere):
        iamctl("mfa", "create", "phone", "-o", "json", code=0)
        assert "mfa/phone" in status(iamctl, env=elsewhere)["NotHeld"]

    @pytest.mark.parametrize(("typed", "code"), [("n\n", 130), ("\x03", 130), ("y\n", 0)])
    def test_asked(self, trusted, orphans, iamctl, typed, code):
        got, screen = at_terminal(trusted, ["vault", "prune"], [("[y/N]", typed)])
        assert got == code, screen
        assert orphans[0] in screen
        assert (status(iamctl)["Orphans"] == []) is (code == 0)

    def test_a_key_that_comes_back_while_asked_is_kept(self, trusted, orphans, iamctl):
        def merge() -> str:
            trusted.file.write_text(trusted.text().replace("AKIAALICE00000000002", orphans[0]))
            return "y\n"

        got, screen = at_terminal(trusted, ["vault", "prune"], [("[y/N]", merge)])
        assert got == 7, screen
        assert status(iamctl)["AccessKeys"] == sorted(orphans)


@pytest.mark.slow
class TestCarrying:
    """`export` on one machine, `import` on another."""

    PASSPHRASE = "correct horse"

    def exported(self, home, *more: str, name: str = "x.vault") -> Path:
        code, screen = at_terminal(
            home, ["vault", "export", name, *more],
            [("export: ", f"{self.PASSPHRASE}\n"), ("again: ", f"{self.PASSPHRASE}\n")],
        )  # fmt: skip
        assert code == 0, screen
        assert self.PASSPHRASE not in screen
        return Path(home.folder / name)

    def imported(self, home, machine, passphrase: str | None = None) -> tuple[int, str]:
        return at_terminal(
            home, ["vault", "import", "x.vault"],
            [("export: ", f"{passphrase or self.PASSPHRASE}\n")], machine,
        )  # fmt: skip

    def test_secrets_travel_and_signing_keys_stay(self, trusted, key, elsewhere, iamctl):
        file = self.exported(trusted)
        assert file.stat().st_mode & 0o777 == 0o600
        assert key[1].encode() not in file.read_bytes()
        iamctl(*ASSUME, env=elsewhere, code=5)
        signs = status(iamctl, env=elsewhere)["SigningKeyId"]
        code, screen = self.imported(trusted, elsewhere)
        assert (code, "imported 1 secret\n" in screen) == (0, True), screen
        assert status(iamctl, env=elsewhere)["SigningKeyId"] == signs
        iamctl(*ASSUME, env=elsewhere, code=0)

    def test_an_export_is_read_from_a_pipe(self, trusted, key, elsewhere):
        self.exported(trusted)
        script = shlex.join([*COMMAND, "vault", "import"]) + " <(cat x.vault)"
        answers = [("export: ", f"{self.PASSPHRASE}\n")]
        code, screen = at_terminal(trusted, ["-c", script], answers, elsewhere, command=["bash"])
        assert (code, "imported 1 secret\n" in screen) == (0, True), screen

    def test_with_the_signing_key_each_verifies_the_others_sessions(
        self, trusted, key, elsewhere, iamctl
    ):
        theirs = json.loads(iamctl(*ASSUME, code=0).stdout)["Credentials"]
        session = {
            "AWS_ACCESS_KEY_ID": theirs["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": theirs["SecretAccessKey"],
            "AWS_SESSION_TOKEN": theirs["SessionToken"],
        }
        iamctl("whoami", env={**elsewhere, **session}, code=5)
        self.exported(trusted, "--signing-key")
        code, screen = self.imported(trusted, elsewhere)
        assert (code, "and the signing key" in screen) == (0, True), screen
        iamctl("whoami", env={**elsewhere, **session}, code=0)
        shape = status(iamctl, env=elsewhere)
        assert shape["SigningKeyId"] == status(iamctl)["SigningKeyId"]
        assert len(shape["RetiredSigningKeys"]) == 1  # type: ignore[arg-type]

    def test_what_does_not_open_changes_nothing(self, trusted, key, elsewhere, iamctl):
        file = self.exported(trusted)
        vault = Path(elsewhere["XDG_STATE_HOME"]) / "iamctl" / UUID
        before = contents(vault)
        code, screen = self.imported(trusted, elsewhere, "another")
        assert code == 6, screen
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        code, screen = self.imported(trusted, elsewhere)
        assert code == 6, screen
        assert "Traceback" not in screen
        for damaged in (b"", whole[:-1], whole[:40], whole + b"x"):
            file.write_bytes(damaged)  # seen at once: nobody is asked in vain
            code, screen = at_terminal(trusted, ["vault", "import", "x.vault"], [], elsewhere)
            assert (code, "Passphrase" in screen) == (6, False), screen
        iamctl("vault", "import", "none.vault", env=elsewhere, code=4)
        assert contents(vault) == before

    def test_another_secret_under_a_held_id_is_a_conflict(self, trusted, key, elsewhere, iamctl):
        self.exported(trusted)
        other = "x" * 40
        trusted.file.write_text(
            "\n".join(x for x in trusted.text().split("\n") if "fingerprint" not in x)
        )
        iamctl("key", "import", "alice", input=f"{key[0]} {other}", env=elsewhere, code=0)
        code, screen = self.imported(trusted, elsewhere)
        assert code == 4, screen
        assert other not in screen
        assert key[1] not in screen

    def test_nothing_is_overwritten_and_nothing_half_is_left(self, trusted, key, iamctl):
        (trusted.folder / "x.vault").write_text("mine")
        code, _ = at_terminal(trusted, ["vault", "export", "x.vault"], [])  # nor asked in vain
        assert code == 4
        assert (trusted.folder / "x.vault").read_text() == "mine"
        for nowhere, expected in (("none/x.vault", 4), ("", 2)):
            code, screen = at_terminal(trusted, ["vault", "export", nowhere], [])
            assert (code, "Passphrase" in screen) == (expected, False), screen
        for answers, expected in (
            ([("export: ", "a\n"), ("again: ", "b\n")], 2),
            ([("export: ", "\n")], 6),
            ([("export: ", "\x03")], 130),
            ([("export: ", "\x04")], 130),
        ):
            code, screen = at_terminal(trusted, ["vault", "export", "y.vault"], answers)
            assert code == expected, screen
        assert not (trusted.folder / "y.vault").exists()

    def test_a_terminal_gets_no_export(self, trusted, key):
        code, screen = at_terminal(trusted, ["vault", "export", "-"], [])
        assert (code, "Passphrase" in screen) == (2, False), screen

    def test_without_a_terminal_no_passphrase_is_made_up(self, trusted, key):
        done = subprocess.run(
            [*COMMAND, "vault", "export", "x.vault"],
            cwd=trusted.folder, env={**trusted.environment, "IAMCTL_VAULT_PASSPHRASE": "p"},
            capture_output=True, text=True, start_new_session=True, stdin=subprocess.DEVNULL,
            check=False,
        )  # fmt: skip
        assert done.returncode == 6
        assert "no terminal" in done.stderr
        assert not (trusted.folder / "x.vault").exists()

    def test_a_vault_that_stores_nothing_asks_for_nothing(self, team, iamctl):
        iamctl("init", "--vault", "env", env={"IAMCTL_VAULT": ""}, code=0)
        (team.folder / "x.vault").write_bytes(b"")
        for words in (("export", "y.vault"), ("import", "x.vault")):
            done = iamctl("vault", *words, env={"IAMCTL_VAULT": ""}, code=6)
            assert "a vault of kind env stores nothing" in done.stderr


@pytest.mark.slow
class TestRewrap:
    PASSPHRASE = {"IAMCTL_VAULT_PASSPHRASE": "correct horse"}  # noqa: RUF012

    def test_there_and_back(self, trusted, key, iamctl):
        session = json.loads(iamctl(*ASSUME, code=0).stdout)["Credentials"]
        variables = {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }
        before = status(iamctl)
        done = iamctl("vault", "rewrap", "--to", "passphrase", env=self.PASSPHRASE, code=0)
        assert "kind is passphrase now; it was file" in done.stderr
        assert sorted(contents(folder_of(trusted))) == ["keys.sealed", "vault.json"]
        trusted.environment["IAMCTL_VAULT"] = ""
        assert status(iamctl, env=self.PASSPHRASE) == {**before, "Kind": "passphrase"}
        iamctl("whoami", env={**variables, **self.PASSPHRASE}, code=0)
        wrong = iamctl("vault", "status", env={"IAMCTL_VAULT_PASSPHRASE": "hunter2"}, code=6)
        assert "hunter2" not in wrong.stderr
        iamctl("vault", "status", env={"IAMCTL_VAULT_PASSPHRASE": ""}, code=6)
        iamctl("vault", "rewrap", "--to", "file", env=self.PASSPHRASE, code=0)
        assert status(iamctl) == before
        iamctl(*ASSUME, code=0)

    def test_the_same_kind_again_takes_a_new_key(self, trusted, key, iamctl):
        before = contents(folder_of(trusted))
        iamctl("vault", "rewrap", "--to", "file", code=0)
        after = contents(folder_of(trusted))
        names = [{n for n in c if n.startswith("wrapping-key")} for c in (before, after)]
        assert [len(n) for n in names] == [1, 1]
        assert names[0] != names[1]
        iamctl(*ASSUME, code=0)

    def test_a_kind_that_cannot_be(self, trusted, key, iamctl):
        before = contents(folder_of(trusted))
        done = iamctl("vault", "rewrap", "--to", "env", code=6)
        assert "the secrets cannot go into one" in done.stderr
        done = iamctl("vault", "rewrap", "--to", "safe", code=2)
        assert "hint: use keyring, passphrase or file\n" in done.stderr
        iamctl("vault", "rewrap", "--to", "keyring", code=6,
               env={"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"})  # fmt: skip
        iamctl("vault", "rewrap", "--to", "passphrase", code=6,
               env={"IAMCTL_VAULT_PASSPHRASE": ""})  # fmt: skip
        assert contents(folder_of(trusted)) == before

    def test_a_passphrase_command_inherits_none_of_our_secrets(
        self, trusted, key, iamctl, tmp_path
    ):
        seen = tmp_path / "seen"
        script = tmp_path / "passphrase"
        script.write_text(f"#!/bin/sh\nenv > {seen}\nulimit -c >> {seen}\necho 'correct horse'\n")
        script.chmod(0o755)
        env = {
            "IAMCTL_VAULT_PASSPHRASE_COMMAND": str(script), "IAMCTL_SECRET_ACCESS_KEY": key[1],
            "IAMCTL_ACCESS_KEY_ID": key[0], "IAMCTL_SIGNING_KEY": "x",
        }  # fmt: skip
        iamctl("vault", "rewrap", "--to", "passphrase", env=env, code=0)
        assert "IAMCTL_" not in seen.read_text()
        assert key[1] not in seen.read_text()
        assert seen.read_text().endswith("\n0\n")  # nor would either leave an image of its memory


class TestRotatingTheSigningKey:
    def test_with_an_overlap_then_at_once(self, trusted, key, iamctl):
        session = json.loads(iamctl(*ASSUME, code=0).stdout)["Credentials"]
        variables = {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }
        old = status(iamctl)["SigningKeyId"]
        iamctl("vault", "rotate-signing-key", code=0)
        shape = status(iamctl)
        assert shape["SigningKeyId"] != old
        assert [k["Id"] for k in shape["RetiredSigningKeys"]] == [old]  # type: ignore[attr-defined]
        iamctl("whoami", env=variables, code=0)
        assert "--yes" in iamctl("vault", "rotate-signing-key", "--now", code=2).stderr
        iamctl("whoami", env=variables, code=0)
        iamctl("vault", "rotate-signing-key", "--now", "--yes", code=0)
        iamctl("whoami", env=variables, code=5)
        iamctl(*ASSUME, code=0)


@pytest.mark.slow
class TestHostileSurroundings:
    @pytest.mark.parametrize("name", ["keys.sealed", "vault.json", "wrapping-key"])
    def test_damage_is_refused_and_nothing_is_made_anew(self, trusted, key, iamctl, name):
        folder = folder_of(trusted)
        (path,) = [p for p in folder.iterdir() if p.name == name or (p.stem == name and
                   p.suffix != ".previous")]  # fmt: skip
        whole = path.read_bytes()
        for bad in (b"", whole[:-1], whole + b"\n", bytes([whole[0] ^ 1]) + whole[1:], None):
            path.unlink(missing_ok=True)
            if bad is not None:
                path.write_bytes(bad)
                path.chmod(0o600)
            before = contents(folder)
            for command in (("vault", "status"), ("key", "create", "bob"), ASSUME):
                done = iamctl(*command, code=6)
                assert "Traceback" not in done.stderr
                assert str(folder) in done.stderr
            iamctl("init")
            assert contents(folder) == before
        path.write_bytes(whole)
        path.chmod(0o600)
        iamctl(*ASSUME, code=0)

    def test_another_directorys_vault_in_its_place(self, trusted, key, iamctl, tmp_path):
        other = tmp_path / "other"
        other.mkdir()
        iamctl("init", "--user", "me", cwd=other, code=0)
        (theirs,) = [f for f in folder_of(trusted).parent.glob("*-*-*") if f.name != UUID]
        shutil.move(folder_of(trusted), tmp_path / "kept")
        shutil.copytree(theirs, folder_of(trusted))
        assert "another directory" in iamctl("vault", "status", code=6).stderr
        for name in ("vault.json", "keys.sealed"):
            shutil.copy(tmp_path / "kept" / name, folder_of(trusted) / name)
            iamctl("vault", "status", code=6)

    def test_a_folder_that_others_can_write_in_and_a_planted_link(
        self, trusted, key, iamctl, tmp_path
    ):
        folder = folder_of(trusted)
        folder.chmod(0o777)
        assert "chmod" in iamctl("vault", "status", code=6).stderr
        folder.chmod(0o700)
        shutil.move(folder / "keys.sealed", tmp_path / "elsewhere")
        (folder / "keys.sealed").symlink_to(tmp_path / "elsewhere")
        iamctl("vault", "status", code=6)

    def test_a_read_only_state_folder_can_be_read_and_not_changed(self, trusted, key):
        if os.getuid() == 0 and not shutil.which("setpriv"):
            pytest.skip("setpriv drops root's rights")
        drop = [] if os.getuid() else ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
        folder, before = folder_of(trusted), contents(folder_of(trusted))
        folder.chmod(0o500)
        text = trusted.text()
        try:
            codes = [
                subprocess.run(
                    [*drop, *COMMAND, *words],
                    cwd=trusted.folder, env=trusted.environment, capture_output=True, check=False,
                ).returncode
                for words in (ASSUME, ("key", "create", "bob"), ("vault", "rewrap", "--to", "file"))
            ]  # fmt: skip
        finally:
            folder.chmod(0o700)
        assert codes == [0, 8, 8]
        assert contents(folder) == before
        assert trusted.text() == text

    def test_a_full_disk(self, trusted, key, iamctl, tmp_path):
        state = Path(trusted.environment["XDG_STATE_HOME"])
        small = tmp_path / "small"
        small.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "iamctl-test", str(small)],
            capture_output=True, check=False,
        )  # fmt: skip
        if mounted.returncode:
            pytest.skip("mounting a tmpfs needs root")
        try:
            shutil.copytree(state / "iamctl", small / "iamctl")
            trusted.environment["XDG_STATE_HOME"] = str(small)
            assert filled(small / "filler") == errno.ENOSPC
            text, before = trusted.text(), contents(folder_of(trusted))
            for command in (("key", "create", "bob"), ("vault", "rotate-signing-key"),
                            ("vault", "rewrap", "--to", "file")):  # fmt: skip
                assert "disk is full" in iamctl(*command, code=8).stderr
                assert contents(folder_of(trusted)) == before
            assert trusted.text() == text
            iamctl(*ASSUME, code=0)
        finally:
            subprocess.run(["umount", str(small)], check=True)

    def test_without_a_home_nothing_is_looked_for_in_the_working_folder(self, trusted, key, iamctl):
        """A clone may hold a folder called `~`, or one that a relative variable names."""
        state = Path(trusted.environment.pop("XDG_STATE_HOME"))
        for planted in ("~/.local/state", "relative"):
            shutil.copytree(state, trusted.folder / planted)
        for env in ({"HOME": "relative"}, {"XDG_STATE_HOME": "relative"}, {"HOME": "~"}):
            iamctl(*ASSUME, env=env, code=6)
