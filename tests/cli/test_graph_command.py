"""`iamctl graph` from the command line: forms, options and how it ends."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from tests.history.conftest import Repo


def test_mermaid_is_what_comes_unasked(team, quick):
    done = quick("graph")
    assert done.returncode == 0, done
    assert done.stdout.startswith("flowchart LR\n")
    assert '(["user alice"]):::user' in done.stdout
    assert quick("graph", "-o", "mermaid").stdout == done.stdout


def test_focus_leaves_the_rest_out(team, quick):
    told = quick("graph", "--focus", "role/deployer").stdout
    assert "alice" in told
    assert "bob" not in told
    assert quick("graph", "--focus", "nobody").returncode == 4
    assert "not in this picture" in quick("graph", "--focus", "policy/ReadArtifacts").stderr
    assert "ReadArtifacts" in quick("graph", "--all", "--focus", "policy/ReadArtifacts").stdout


def test_decided_edges_are_those_of_the_evaluator(team, quick):
    assert "==>" in quick("graph", "--assume").stdout
    told = quick("graph", "--access", "s3:GetObject", "--resource",
                 "arn:aws:s3:::artefacts/app.zip").stdout  # fmt: skip
    assert "s3:GetObject" in told
    assert quick("graph", "--access", "s3:Nope", "--focus", "alice").returncode != 0


def test_pictures_are_pictures(team, quick, home):
    root = ElementTree.fromstring(quick("graph", "--all", "-o", "svg").stdout)
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert "alice" in texts
    words = [sys.executable, "-m", "iamctl", "graph", "-o", "png"]
    done = subprocess.run(words, cwd=home.folder, env=home.environment, capture_output=True,
                          check=True)  # fmt: skip
    assert done.stdout.startswith(b"\x89PNG\r\n")


def test_compared_with_a_revision_it_says_what_is_gained_and_lost(team, quick):
    repo = Repo(team.folder, team.folder.parent)
    repo.git("init", "--quiet")
    repo.commit({}, "team")
    assert quick("graph", "--compare", "HEAD").stdout == quick("graph").stdout
    assert quick("group", "create", "ops").returncode == 0
    assert quick("group", "add", "ops", "bob").returncode == 0
    for words in ((), ("--all",)):
        told = quick("graph", "--compare", "HEAD", *words).stdout
        assert told.count("gained") == 1
        assert "lost" not in told
    assert 'class="edge gained"' in quick("graph", "--compare", "HEAD", "-o", "svg").stdout
    assert quick("graph", "--compare", "nowhere").returncode == 4


def test_options_that_do_not_go_together(team, quick):
    for words in (("--assume", "--all"), ("--resource", "x"), ("-o", "gif")):
        done = quick("graph", *words)
        assert done.returncode == 2, done
        assert done.stdout == ""


def test_without_a_program_for_layout_it_says_what_to_install(team, home, monkeypatch, tmp_path):
    """Beside the Python that runs, and on PATH, there is none."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(Path(sys.executable).resolve())
    packages = str(Path(sys.executable).parents[1] / "lib" / python_folder() / "site-packages")
    environment = {**home.environment, "PATH": str(tmp_path), "PYTHONPATH": os.pathsep.join(
        (packages, str(Path(__file__).parents[2])))}  # fmt: skip
    words = [str(python), "-m", "iamctl", "graph", "-o", "svg"]
    done = subprocess.run(words, cwd=home.folder, env=environment, capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 10, done
    assert "iamctl[graph]" in done.stderr
    assert shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))


def python_folder():
    return f"python{sys.version_info.major}.{sys.version_info.minor}"
