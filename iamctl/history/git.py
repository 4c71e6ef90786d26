"""git as plumbing: one program, started so that neither a repository nor the caller's environment
chooses what else runs."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from iamctl.domain.errors import ExtraMissing, StorageFailure
from iamctl.prompts import program_path

if TYPE_CHECKING:
    import subprocess

_ALWAYS = (
    "--no-pager",
    "--literal-pathspecs",
    "--no-replace-objects",  # what is told of a commit is what its id stands for
    "-c", "safe.bareRepository=explicit",
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.warnAmbiguousRefs=true",
)  # fmt: skip
_HANDED_ON = (
    "PATH", "HOME", "XDG_CONFIG_HOME", "USER", "LOGNAME", "SUDO_UID", "TMPDIR",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DEVELOPER_DIR",
)  # fmt: skip
"""What git needs to start, and to find the person's own configuration (safe.directory)."""
_SET = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # an older git fetches objects that a partial clone lacks
    "GIT_GRAFT_FILE": f"{os.devnull}/none",
}


class Git:
    """git in one folder. `index` is the index file to read where it is not the repository's own.

    Raises ExtraMissing when git is not installed.
    """

    def __init__(self, folder: str, environ: Mapping[str, str], index: str | None = None) -> None:
        self._program = _program(environ)
        self._folder = folder
        self._environ = {name: environ[name] for name in _HANDED_ON if name in environ} | _SET
        if index is not None:
            self._environ["GIT_INDEX_FILE"] = index

    def start(self, words: Sequence[str], talks: bool = False) -> "subprocess.Popen[bytes]":
        """A running git; with `talks` it reads what we write. Nobody reads its complaints.

        Raises StorageFailure.
        """
        import subprocess

        return self._run(words, subprocess.PIPE if talks else subprocess.DEVNULL, False)

    def _run(self, words: Sequence[str], stdin: int, heard: bool) -> "subprocess.Popen[bytes]":
        import subprocess

        try:
            return subprocess.Popen(
                [self._program, "-C", self._folder, *_ALWAYS, *words],
                env=self._environ,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if heard else subprocess.DEVNULL,
            )
        except OSError as error:
            raise StorageFailure(f"git could not be run: {error.strerror}") from None

    def asked(self, *words: str) -> tuple[int, bytes, str]:
        """git's exit code, what it printed, and the last of its complaints."""
        import subprocess

        with self._run(words, subprocess.DEVNULL, heard=True) as process:
            output, complaint = process.communicate()
        return process.returncode, output, _last_line(complaint)

    def output(self, *words: str) -> bytes:
        """What git prints. Raises StorageFailure when it fails."""
        code, output, complaint = self.asked(*words)
        if code != 0:
            raise failure(complaint or f"it ended with {code}")
        return output

    def records(self, *words: str) -> Iterator[bytes]:
        """Lines as git prints them; it ends when nobody reads on. Raises StorageFailure."""
        with self.start(words) as process:
            assert process.stdout is not None  # it was asked for
            try:
                for line in process.stdout:
                    yield line.removesuffix(b"\n")
            except GeneratorExit:
                process.kill()
                raise
        if process.returncode != 0:
            raise failure(f"{words[0]} ended with {process.returncode}")


def failure(why: str) -> StorageFailure:
    """git did not do as it should."""
    return StorageFailure(f"git failed: {why}")


def _last_line(complaint: bytes) -> str:
    """The last error or warning, which hints may follow; else the last line."""
    lines = os.fsdecode(complaint).strip().splitlines()
    serious = [line for line in lines if line.startswith(("fatal: ", "error: ", "warning: "))]
    return (serious or lines or [""])[-1].removeprefix("fatal: ").removeprefix("error: ")


def _program(environ: Mapping[str, str]) -> str:
    program = program_path("git", environ)
    if program is None:
        raise ExtraMissing(
            "git is not installed, or not on PATH",
            hint="install git to compare revisions; two files can be compared without it",
        )
    return program
