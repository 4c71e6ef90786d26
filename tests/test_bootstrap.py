"""Where this machine keeps things, whatever the surroundings say."""

import os
import sys
import traceback

import platformdirs
import pytest

from iamctl.bootstrap import Runtime
from iamctl.domain.errors import StorageFailure


def test_absolute_variables_win(tmp_path):
    runtime = Runtime({"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "c")})
    assert runtime.state_folder == str(tmp_path / "iamctl")
    assert runtime.settings.path == str(tmp_path / "c" / "iamctl" / "settings.toml")


@pytest.mark.parametrize("variable", ["", "relative", "~/x"])
def test_other_variables_are_passed_over(variable, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", variable)
    assert Runtime().state_folder.startswith(str(tmp_path))


def test_a_folder_below_the_working_folder_is_never_ours(monkeypatch):
    """Older platformdirs gave `~/.local/state` as it stands when there is no home."""
    given = property(lambda _self: "~/.local/state/iamctl")
    monkeypatch.setattr(platformdirs.PlatformDirs, "user_state_path", given)
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    with pytest.raises(StorageFailure, match="home folder"):
        _ = Runtime({"XDG_STATE_HOME": "relative"}).state_folder


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs is always asked")
@pytest.mark.parametrize("kind", ["state", "config", "cache"])
def test_the_usual_folders_are_those_of_platformdirs(kind, tmp_path, monkeypatch):
    variable = f"XDG_{kind.upper()}_HOME"
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.delenv(variable, raising=False)
    theirs = getattr(platformdirs.PlatformDirs("iamctl", appauthor=False), f"user_{kind}_path")
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    assert Runtime({})._folder(variable, f"user_{kind}_path") == str(theirs)


@pytest.mark.skipif(os.getuid() != 0, reason="becoming a user without a home needs root")
def test_a_user_without_a_home():
    child = os.fork()
    if child == 0:
        status = 1
        try:
            for name in ("HOME", "XDG_STATE_HOME"):
                os.environ.pop(name, None)
            os.setuid(54321)
            with pytest.raises(StorageFailure, match="home folder"):
                _ = Runtime().state_folder
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_working_folder_that_is_gone_is_said_to_be(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(StorageFailure, match="working folder is gone"):
        Runtime({}).find(None)


class TestAVaultThatIsMade:
    """Gone again when the directory file was not made; kept when that cannot be told."""

    UUID = "5b1d6a9e-0f3c-4c1d-8a43-6f0b2c9d7e11"

    @pytest.fixture
    def runtime(self, tmp_path):
        return Runtime({"XDG_STATE_HOME": str(tmp_path / "state")})

    def make_in_vain(self, runtime, path, before=lambda: None):
        def make():
            with runtime.vaults.creating("file", self.UUID, path):
                before()
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            make()

    def test_without_a_file_nothing_is_left_of_it(self, runtime, tmp_path):
        self.make_in_vain(runtime, str(tmp_path / "directory.yaml"))
        assert runtime.vaults.kind(self.UUID) is None
        assert not runtime.vaults.is_trusted(self.UUID, str(tmp_path / "directory.yaml"))

    def test_trust_that_was_given_before_stays(self, runtime, tmp_path):
        path = tmp_path / "directory.yaml"
        path.write_text(f"directory: {self.UUID}\n")
        runtime.vaults.trust(self.UUID, str(path))
        self.make_in_vain(runtime, str(path))
        assert runtime.vaults.kind(self.UUID) is None
        assert runtime.vaults.is_trusted(self.UUID, str(path))

    def test_a_file_that_cannot_be_read_may_be_the_one(self, runtime, tmp_path):
        path = tmp_path / "directory.yaml"
        self.make_in_vain(runtime, str(path), lambda: os.mkfifo(path))
        assert runtime.vaults.kind(self.UUID) == "file"


def test_who_lasts_reads_the_file_each_time_and_parses_what_changed(tmp_path):
    path = tmp_path / "directory.yaml"
    path.write_text('iamctl: 1\naccount: {id: "111122223333"}\n')
    runtime = Runtime({}, lasting=True)
    first = runtime.repository(str(path)).load()
    assert runtime.repository(str(path)).load() is first
    path.write_text('iamctl: 1\naccount: {id: "444455556666"}\n')
    assert runtime.repository(str(path)).load().account.id == "444455556666"
