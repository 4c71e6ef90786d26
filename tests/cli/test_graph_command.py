"""`iamctl graph` from the command line: forms, options and how it ends."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from iamctl.cli.layout import laid_out
from iamctl.domain.errors import StorageFailure
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


def many(home, users, groups):
    """Users that are all in other groups, so that none is drawn as another."""
    lines = ["iamctl: 1", 'account: {id: "123456789012"}', "users:"]
    lines += [f"  u{n}: {{}}" for n in range(users)]
    lines += ["groups:"]
    for bit in range(groups):
        members = ", ".join(f"u{n}" for n in range(users) if n >> bit & 1)
        lines.append(f"  g{bit}: {{members: [{members}]}}")
    home.file.write_text("\n".join(lines) + "\n")


def test_more_than_a_picture_holds_is_drawn_as_one_and_said(home, quick):
    many(home, 256, 8)
    done = quick("graph", "--focus", "u7", "-o", "mermaid")
    assert "too many" not in done.stderr  # what is around one is little
    done = quick("graph")
    assert done.returncode == 0, done
    assert "1024 arrows are too many" in done.stderr
    assert "128 of 256" in done.stdout
    assert len(done.stdout.splitlines()) < 40
    assert quick("graph", "-o", "dot").stdout.count(" -> ") == 1024


def test_what_mermaid_cannot_draw_is_said(home, quick):
    roles = "".join(
        f"  r{n}: {{trust: {{Version: '2012-10-17', Statement: {{Effect: Allow, Action: "
        f"'sts:AssumeRole', Principal: {{Service: s{n}.amazonaws.com}}}}}}}}\n"
        for n in range(600)
    )
    home.file.write_text(f'iamctl: 1\naccount: {{id: "123456789012"}}\nroles:\n{roles}')
    done = quick("graph")
    assert done.returncode == 0, done
    assert "GitHub draws no diagram of more than 500 arrows" in done.stderr
    assert done.stdout.startswith("flowchart LR\n")


def test_a_layout_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    program = tmp_path / "graphviz-pure"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(StorageFailure, match=r"graphviz-pure had not laid .* after 0\.2 s"):
        laid_out("digraph x {}", "svg", dict(os.environ), 0.2)


def python_folder():
    return f"python{sys.version_info.major}.{sys.version_info.minor}"
