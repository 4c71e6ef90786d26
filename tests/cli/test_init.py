"""`iamctl init` and `iamctl trust`: what is made, what is adopted, and what failing leaves."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from iamctl.store.reader import load_directory

pytestmark = pytest.mark.slow

UUID = "5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21"
COMMAND = [sys.executable, "-P", "-m", "iamctl"]


def vaults(home) -> list[str]:
    """The UUIDs that this machine has a vault for."""
    state = Path(home.environment["XDG_STATE_HOME"]) / "iamctl"
    return sorted(f.name for f in state.glob("*-*-*") if f.is_dir())


def trusted_pairs(home) -> list[tuple[str, str]]:
    path = Path(home.environment["XDG_STATE_HOME"]) / "iamctl" / "trusted.json"
    if not path.exists():
        return []
    return [(entry["uuid"], entry["path"]) for entry in json.loads(path.read_text())["trusted"]]


def unprivileged() -> list[str]:
    """What takes root's rights over modes away."""
    if os.getuid():
        return []
    if not shutil.which("setpriv"):
        pytest.skip("setpriv drops root's rights")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


class TestFresh:
    def test_a_file_a_vault_and_a_default_caller(self, home, iamctl):
        done = iamctl("init", "--user", "me", code=0)
        assert done.stdout == ""
        assert f"created {home.file}" in done.stderr
        assert "123456789012 is AWS's documentation account" in done.stderr
        directory = load_directory(home.file.read_bytes(), "directory.yaml")
        assert vaults(home) == [directory.uuid]
        assert trusted_pairs(home) == [(directory.uuid, str(home.file))]
        (key_id,) = directory.user("me").keys
        held = json.loads(iamctl("vault", "status", "-o", "json", code=0).stdout)
        assert (held["Kind"], held["AccessKeys"], held["Orphans"]) == ("file", [key_id], [])
        iamctl("role", "create", "deployer", "--allow", "user/me", code=0)
        assert "assumed-role/deployer/me" in iamctl(
            "assume-role", "deployer", "-o", "json", code=0
        ).stdout  # fmt: skip

    def test_what_was_asked_for_is_in_it(self, home, iamctl):
        done = iamctl("init", "--account", "111122223333", "--alias", "acme-dev", code=0)
        assert "documentation account" not in done.stderr
        directory = load_directory(home.file.read_bytes(), "directory.yaml")
        assert (directory.account.id, directory.account.alias) == ("111122223333", "acme-dev")
        assert not directory.users

    def test_another_users_eyes(self, home, iamctl):
        iamctl("init", "--user", "me", code=0)
        for root in (home.environment["XDG_STATE_HOME"], home.environment["XDG_CONFIG_HOME"]):
            for folder, _, names in os.walk(Path(root) / "iamctl"):
                assert os.stat(folder).st_mode & 0o077 == 0
                for name in names:
                    assert os.stat(Path(folder) / name).st_mode & 0o077 == 0

    @pytest.mark.parametrize("arguments", [
        ("--account", "12"), ("--alias", "-x"), ("--user", "a b"), ("--vault", "safe"),
        ("--user", "x\n"), ("--account", "١٢٣٤٥٦٧٨٩٠١٢"),
    ])  # fmt: skip
    def test_values_that_break_a_rule_make_nothing(self, home, iamctl, arguments):
        iamctl("init", *arguments, code=2)
        assert not home.file.exists()
        assert vaults(home) == []

    def test_a_folder_that_is_named(self, home, iamctl, tmp_path):
        (tmp_path / "other").mkdir()
        iamctl("init", "--directory", str(tmp_path / "other"), code=0)
        assert (tmp_path / "other" / "directory.yaml").exists()
        iamctl("init", "--directory", str(tmp_path / "none" / "x.yaml"), code=4)

    def test_a_file_of_a_parent_folder_is_left_alone(self, team, iamctl):
        before = team.text()
        inner = team.folder / "inner"
        inner.mkdir()
        iamctl("init", cwd=inner, code=0)
        assert (inner / "directory.yaml").exists()
        assert team.text() == before
        assert UUID not in vaults(team)


class TestFailing:
    """Nothing stays behind: no vault without a file, no file without its vault."""

    def test_a_read_only_folder(self, home):
        home.folder.chmod(0o555)
        done = subprocess.run(
            [*unprivileged(), *COMMAND, "init", "--user", "me"],
            cwd=home.folder, env=home.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        home.folder.chmod(0o755)
        assert done.returncode == 8, done.stderr
        assert os.listdir(home.folder) == []
        assert vaults(home) == []
        assert trusted_pairs(home) == []

    def test_a_read_only_state_folder(self, home):
        state = Path(home.environment["XDG_STATE_HOME"])
        state.mkdir(mode=0o555)
        done = subprocess.run(
            [*unprivileged(), *COMMAND, "init", "--user", "me"],
            cwd=home.folder, env=home.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 8, done.stderr
        assert os.listdir(home.folder) == []

    @pytest.mark.parametrize("extra", [(), ("--new-identity",)])
    def test_a_vault_that_cannot_be_had_changes_no_file(self, team, iamctl, extra):
        text = team.text().replace(f"directory: {UUID}\n", "") if not extra else team.text()
        team.file.write_text(text)
        unusable = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        iamctl("init", "--vault", "keyring", *extra, env=unusable, code=6)
        assert team.text() == text
        assert trusted_pairs(team) == []

    def test_settings_that_cannot_take_the_default_caller(self, home, iamctl):
        settings = Path(home.environment["XDG_CONFIG_HOME"]) / "iamctl" / "settings.toml"
        settings.parent.mkdir(parents=True, mode=0o700)
        settings.write_text("directories = 3\n")
        iamctl("init", "--user", "me", code=2)
        assert not home.file.exists()
        assert vaults(home) == []

    def test_a_full_stdout_keeps_no_signing_key_that_nobody_saw(self, home):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [*COMMAND, "init", "--vault", "env"],
                cwd=home.folder, env=home.environment, stdout=full, stderr=subprocess.PIPE,
                text=True, check=False,
            )  # fmt: skip
        assert done.returncode == 8
        assert not home.file.exists()
        assert vaults(home) == []

    def test_of_eight_at_once_one_makes_it_and_the_others_leave_nothing(self, home):
        environment = {n: v for n, v in home.environment.items() if n != "IAMCTL_VAULT"}
        processes = [
            subprocess.Popen(
                [*COMMAND, "init", "--user", "me", "--vault", "file"],
                cwd=home.folder, env=environment, stderr=subprocess.PIPE, text=True,
            )
            for _ in range(8)
        ]  # fmt: skip
        said = [process.communicate(timeout=120)[1] for process in processes]
        codes = sorted(process.returncode for process in processes)
        assert codes[0] == 0, said
        assert set(codes[1:]) == {4}, said
        uuid = load_directory(home.file.read_bytes(), "x").uuid
        assert vaults(home) == [uuid]
        assert trusted_pairs(home) == [(uuid, str(home.file))]


class TestAdopting:
    def test_an_existing_file_is_kept_to_the_byte(self, team, iamctl):
        before = team.text()
        done = iamctl("init", "--user", "alice", code=0)
        assert f"adopted {team.file}" in done.stderr
        assert team.text() == before
        assert vaults(team) == [UUID]
        assert trusted_pairs(team) == [(UUID, str(team.file))]
        iamctl("key", "create", "alice", code=0)
        iamctl("assume-role", "deployer", "-o", "json", code=0)

    def test_once(self, team, iamctl):
        iamctl("init", code=0)
        assert "iamctl trust" in iamctl("init", code=4).stderr
        assert vaults(team) == [UUID]

    def test_a_sample_gets_a_uuid_and_keeps_the_rest(self, team, iamctl, comments):
        before = team.text().replace(f"directory: {UUID}\n", "")
        team.file.write_text(before)
        iamctl("init", code=0)
        (uuid,) = vaults(team)
        assert team.text().replace(f"directory: {uuid}\n", "") == before

    def test_of_twelve_at_once_one_adopts_a_file_without_uuid(self, team):
        team.file.write_text(team.text().replace(f"directory: {UUID}\n", ""))
        processes = [
            subprocess.Popen(
                [*COMMAND, "init"], cwd=team.folder, env=team.environment, stderr=subprocess.DEVNULL
            )
            for _ in range(12)
        ]
        codes = sorted(process.wait(timeout=120) for process in processes)
        uuid = load_directory(team.file.read_bytes(), "x").uuid
        assert codes.count(0) == 1
        assert set(codes) <= {0, 4, 7}
        assert vaults(team) == [uuid]
        assert trusted_pairs(team) == [(uuid, str(team.file))]

    def test_a_copy_becomes_a_directory_of_its_own(self, trusted, iamctl):
        before = trusted.text()
        iamctl("init", "--new-identity", code=0)
        (uuid,) = set(vaults(trusted)) - {UUID}
        assert trusted.text() == before.replace(UUID, uuid)

    @pytest.mark.parametrize(("arguments", "code"), [
        (("--account", "999999999999"), 2), (("--alias", "other"), 2), (("--user", "nobody"), 4),
    ])  # fmt: skip
    def test_another_account_alias_or_user_is_refused(self, team, iamctl, arguments, code):
        before = team.text()
        iamctl("init", *arguments, code=code)
        assert team.text() == before
        assert vaults(team) == []

    def test_an_invalid_file_is_not_adopted(self, home, iamctl):
        home.file.write_text("users: {a: 1}\n")
        iamctl("init", code=3)
        assert home.file.read_text() == "users: {a: 1}\n"
        assert vaults(home) == []


class TestEnvironmentOnly:
    """The kind `env`, as CI uses it."""

    @pytest.fixture
    def machine(self, team, iamctl):
        done = iamctl("init", "--vault", "env", env={"IAMCTL_VAULT": ""}, code=0)
        (line,) = done.stdout.splitlines()
        name, _, key = line.partition("=")
        assert name == "IAMCTL_SIGNING_KEY"
        team.environment["IAMCTL_VAULT"] = "env"
        return team, key

    def test_the_key_is_shown_once_and_stored_nowhere(self, machine):
        home, key = machine
        secret = key.split(":")[2]
        for root in home.folder.parent.rglob("*"):
            if root.is_file():
                assert secret.encode() not in root.read_bytes()

    def test_it_signs_and_verifies_and_keeps_no_secrets(self, machine, iamctl):
        home, key = machine
        env = {"IAMCTL_SIGNING_KEY": key}
        before = home.text()
        assert "stores nothing" in iamctl("key", "create", "alice", env=env, code=6).stderr
        assert home.text() == before
        iamctl("vault", "status", env=env, code=0)
        iamctl("vault", "rewrap", "--to", "file", env=env, code=6)
        iamctl("vault", "rotate-signing-key", env=env, code=6)

    def test_a_pipeline_with_the_callers_own_key(self, machine, iamctl, tmp_path):
        _, key = machine
        own = {"XDG_STATE_HOME": str(tmp_path / "own"), "IAMCTL_VAULT": "file"}
        iamctl("init", env=own, code=0)
        made = iamctl("key", "create", "alice", "-o", "json", env=own, code=0).stdout
        access = json.loads(made)["AccessKey"]
        ci = {
            "XDG_STATE_HOME": str(tmp_path / "ci"), "IAMCTL_SIGNING_KEY": key,
            "IAMCTL_ACCESS_KEY_ID": access["AccessKeyId"],
            "IAMCTL_SECRET_ACCESS_KEY": access["SecretAccessKey"],
        }  # fmt: skip
        assert (
            "iamctl trust" in iamctl("assume-role", "deployer", "-o", "json", env=ci, code=6).stderr
        )
        iamctl("trust", "--yes", env=ci, code=0)
        given = json.loads(iamctl("assume-role", "deployer", "-o", "json", env=ci, code=0).stdout)
        assert given["AssumedRoleUser"]["Arn"].endswith(":assumed-role/deployer/alice")
        wrong = {**ci, "IAMCTL_SECRET_ACCESS_KEY": "x" * 40}
        done = iamctl("assume-role", "deployer", "-o", "json", env=wrong, code=5)
        assert access["SecretAccessKey"] not in done.stderr
        without = {**ci, "IAMCTL_SIGNING_KEY": ""}
        assert "IAMCTL_SIGNING_KEY" in iamctl("assume-role", "deployer", env=without, code=6).stderr
        damaged = {**ci, "IAMCTL_SIGNING_KEY": key[:-1]}
        said = iamctl("assume-role", "deployer", env=damaged, code=6).stderr
        assert key.split(":")[2] not in said


class TestTrust:
    @pytest.fixture
    def person(self, trusted, iamctl):
        iamctl("key", "create", "alice", code=0)
        return trusted

    ASSUME = ("assume-role", "deployer", "--as", "alice", "-o", "json")

    def test_a_second_clone_opens_nothing_until_trusted(self, person, iamctl, tmp_path):
        clone = tmp_path / "clone"
        shutil.copytree(person.folder, clone)
        assert f"iamctl trust --directory {clone}" in iamctl(*self.ASSUME, cwd=clone, code=6).stderr
        iamctl("trust", cwd=clone, code=2)
        iamctl(*self.ASSUME, cwd=clone, code=6)
        iamctl("trust", "--yes", cwd=clone, code=0)
        assert "already" in iamctl("trust", cwd=clone, code=0).stderr
        iamctl(*self.ASSUME, cwd=clone, code=0)
        iamctl(*self.ASSUME, code=0)

    def test_a_moved_clone(self, person, iamctl, tmp_path):
        moved = tmp_path / "moved"
        person.folder.rename(moved)
        iamctl(*self.ASSUME, cwd=moved, code=6)
        iamctl("trust", "--yes", cwd=moved, code=0)
        iamctl(*self.ASSUME, cwd=moved, code=0)

    def test_a_link_to_the_folder_is_the_folder(self, person, iamctl, tmp_path):
        (tmp_path / "link").symlink_to(person.folder)
        iamctl(*self.ASSUME, "--directory", str(tmp_path / "link"), code=0)

    def test_a_hostile_clone_behind_the_link_is_another(self, person, iamctl, tmp_path):
        (tmp_path / "link").symlink_to(person.folder)
        iamctl(*self.ASSUME, "--directory", str(tmp_path / "link"), code=0)
        hostile = tmp_path / "hostile"
        shutil.copytree(person.folder, hostile)
        (tmp_path / "link").unlink()
        (tmp_path / "link").symlink_to(hostile)
        iamctl(*self.ASSUME, "--directory", str(tmp_path / "link"), code=6)

    def test_a_commit_that_names_another_directorys_uuid(self, person, iamctl, tmp_path):
        """Two trusted directories: the first one's file now claims to be the second."""
        other = tmp_path / "other"
        other.mkdir()
        iamctl("init", "--user", "me", cwd=other, code=0)
        uuid = load_directory((other / "directory.yaml").read_bytes(), "x").uuid
        person.file.write_text(person.text().replace(UUID, str(uuid)))
        for command in (self.ASSUME, ("vault", "status"), ("key", "create", "bob")):
            assert "not trusted" in iamctl(*command, code=6).stderr

    def test_a_commit_that_puts_a_link_to_another_trusted_file(self, person, iamctl, tmp_path):
        other = tmp_path / "other"
        other.mkdir()
        iamctl("init", "--user", "me", cwd=other, code=0)
        person.file.unlink()
        person.file.symlink_to(other / "directory.yaml")
        assert "symbolic link" in iamctl("vault", "status", code=8).stderr

    def test_what_is_asked_for_the_path_holds_for_it_alone(self, person, iamctl, tmp_path):
        before = trusted_pairs(person)
        clone = tmp_path / "clone"
        shutil.copytree(person.folder, clone)
        iamctl("trust", "--yes", cwd=clone, code=0)
        assert trusted_pairs(person) == sorted([*before, (UUID, str(clone / "directory.yaml"))])

    def test_without_uuid_there_is_nothing_to_trust(self, team, iamctl):
        team.file.write_text(team.text().replace(f"directory: {UUID}\n", ""))
        assert "iamctl init" in iamctl("trust", "--yes", code=6).stderr

    def test_no_vault_yet_is_said(self, team, iamctl):
        assert "iamctl init" in iamctl("trust", "--yes", code=0).stderr
