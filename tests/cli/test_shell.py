"""Finding the calling shell."""

import os
import subprocess
import sys

SCRIPT = """
import os
import shellingham.posix.proc as proc
def nothing(*_a, **_k):
    raise OSError
proc.iter_process_parents = nothing
from iamctl.cli.shell import detect
before = dict(os.environ)
print(detect(), dict(os.environ) == before)
"""


def test_where_there_is_no_proc_ps_sees_none_of_our_secrets(tmp_path):
    ps = tmp_path / "ps"
    ps.write_text(f'#!/bin/sh\nenv > {tmp_path}/seen\nexec /bin/ps "$@"\n')
    ps.chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -P -c '{SCRIPT}'; true"],
        env={
            "PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path), "SHELL": "/bin/zsh",
            "IAMCTL_SECRET_ACCESS_KEY": "s3cr3t", "IAMCTL_SIGNING_KEY": "s3cr3t",
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "bash True\n", done.stderr
    assert "s3cr3t" not in (tmp_path / "seen").read_text()
