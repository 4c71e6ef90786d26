"""Where this machine keeps things, whatever the surroundings say."""

import os
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
    with pytest.raises(StorageFailure, match="home folder"):
        _ = Runtime({}).state_folder


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
