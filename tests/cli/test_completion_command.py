"""`iamctl completion`: the scripts of `completions/`, printed and installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = {
    "bash": "iamctl.bash", "zsh": "_iamctl", "fish": "iamctl.fish", "powershell": "iamctl.ps1",
}  # fmt: skip
PLACES = {
    "bash": "data/bash-completion/completions/iamctl",
    "zsh": "data/zsh/site-functions/_iamctl",
    "fish": "config/fish/completions/iamctl.fish",
    "powershell": "config/powershell/iamctl.ps1",
}


@pytest.mark.parametrize("shell", SCRIPTS)
def test_what_is_printed_is_what_is_shipped(iamctl, shell):
    done = iamctl("completion", shell, code=0)
    assert done.stdout == (ROOT / "completions" / SCRIPTS[shell]).read_text()
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_takes_it_without_a_word(iamctl, home, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = home.folder / "script"
    script.write_text(iamctl("completion", shell, code=0).stdout)
    flags = ["-f"] if shell == "zsh" else []
    before = "autoload -U compinit; compinit -D; " if shell == "zsh" else ""
    done = subprocess.run(
        [shell, *flags, "-c", f"{before}source {script}"],
        env=home.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("shell", PLACES)
def test_installed_where_the_shell_looks(iamctl, home, tmp_path, shell):
    env = {"XDG_DATA_HOME": str(tmp_path / "data")}
    done = iamctl("completion", shell, "--install", env=env, code=0)
    place = tmp_path / PLACES[shell]
    assert f"wrote {place}" in done.stderr
    assert done.stdout == ""
    assert place.read_text() == (ROOT / "completions" / SCRIPTS[shell]).read_text()
    assert ("fpath" in done.stderr) is (shell == "zsh")
    assert (f"$PROFILE: . '{place}'" in done.stderr) is (shell == "powershell")
    iamctl("completion", shell, "--install", env=env, code=0)
    assert [p.name for p in place.parent.iterdir()] == [place.name]


def test_what_zsh_is_told_works_whatever_the_folder_is_called(iamctl, home, tmp_path):
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    env = {"XDG_DATA_HOME": str(tmp_path / "it's $(exit 9) here")}
    told = iamctl("completion", "zsh", "--install", env=env, code=0).stderr.splitlines()[1]
    line = told.partition("compinit: ")[2]
    script = f'{line}; autoload -U compinit; compinit -u -D; print "$_comps[iamctl]"'
    done = subprocess.run(
        ["zsh", "-f", "-c", script],
        env=home.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "_iamctl\n", "")


def test_a_relative_variable_is_passed_over(iamctl, home, tmp_path):
    env = {"XDG_DATA_HOME": "data", "HOME": str(tmp_path)}
    iamctl("completion", "bash", "--install", env=env, code=0)
    assert (tmp_path / ".local/share/bash-completion/completions/iamctl").exists()
    iamctl("completion", "bash", "--install", env={"HOME": "home"}, code=8)
    assert list(home.folder.iterdir()) == []


@pytest.mark.parametrize("words", [(), ("tcsh",), ("tcsh", "--install"), ("bash\n",)])
def test_what_there_is_not(iamctl, words):
    done = iamctl("completion", *words, code=2)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_it_needs_no_directory_and_no_vault(iamctl, home):
    iamctl("completion", "fish", cwd=home.folder, env={"IAMCTL_VAULT": "nonsense"}, code=0)
