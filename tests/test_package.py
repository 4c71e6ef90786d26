"""What is installed is whole: wheel and sdist, built and run from."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_wheel_and_sdist(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    (sdist,) = tmp_path.glob("*.tar.gz")
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(p.relative_to(ROOT)) for p in (ROOT / "iamctl").rglob("*.py")}
    assert modules <= names
    data = {f"iamctl/catalogue/data/{name}.bin" for name in ("actions", "managed-policies")}
    data |= {f"iamctl/rendering/page.{kind}" for kind in ("css", "html", "js")}
    prompts = {f"iamctl/cli/prompts/{name}" for name in ("bashrc", "zsh/.zshenv")}
    assert {"iamctl/py.typed", *data, *prompts} <= names
    assert not [n for n in names if n.startswith(("tests", "benchmarks"))]
    with tarfile.open(sdist) as archive:
        packed = {n.split("/", 1)[1] for n in archive.getnames() if "/" in n}
    assert {
        "README.md",
        "LICENSE",
        "Makefile",
        "sample-directory.yaml",
        "tests/test_package.py",
    } <= (packed)

    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); "
        "from iamctl.__main__ import main; import iamctl; "
        "assert iamctl.__file__.startswith(sys.path[0]); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(installed), "policy", "show", "-o", "json",
         "arn:aws:iam::aws:policy/ReadOnlyAccess"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "ReadOnlyActionsGroup1" in done.stdout
