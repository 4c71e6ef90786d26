"""A repository's configuration may name programs: none of them runs for us.

Each trap is first sprung with git as a person runs it, so that it is known to work.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from iamctl.domain.errors import StorageFailure
from tests.history.conftest import Repo

SIGNED = """\
tree {tree}
author Ada <ada@example.com> 1780000000 +0000
committer Ada <ada@example.com> 1780000000 +0000
gpgsig -----BEGIN PGP SIGNATURE-----
 
 iHUEABYKAB0WIQ
 -----END PGP SIGNATURE-----

signed
"""  # noqa: W293 - as git has it


def config(**settings: str) -> Callable[[Repo, str], None]:
    def set_up(repo: Repo, script: str) -> None:
        for name, value in settings.items():
            repo.git("config", name.replace("__", "."), value.format(script=script))

    return set_up


def attributes(line: str, **settings: str) -> Callable[[Repo, str], None]:
    def set_up(repo: Repo, script: str) -> None:
        repo.write({".git/info/attributes": f"{line}\n"})
        config(**settings)(repo, script)

    return set_up


def signed(repo: Repo, script: str) -> None:
    text = SIGNED.format(tree=repo.git("rev-parse", "HEAD^{tree}"))
    commit = repo.git("hash-object", "-t", "commit", "-w", "--stdin", input=text.encode())
    repo.git("update-ref", "refs/heads/main", commit)
    config(log__showSignature="true", gpg__program="{script}")(repo, script)


def hooks(repo: Repo, script: str) -> None:
    for name in ("post-index-change", "reference-transaction", "post-checkout"):
        (repo.folder / ".git" / "hooks" / name).symlink_to(script)


def promised(repo: Repo, script: str) -> None:
    config(
        extensions__partialClone="origin", remote__origin__promisor="true",
        remote__origin__url=f"file://{repo.folder}", remote__origin__uploadpack="{script}",
    )(repo, script)  # fmt: skip
    lost = repo.git("rev-parse", "HEAD:lost")
    (repo.folder / ".git" / "objects" / lost[:2] / lost[2:]).unlink()


TRAPS = {
    "fsmonitor": (config(core__fsmonitor="{script}"), ("status",)),
    "external diff": (config(diff__external="{script}"), ("diff", "HEAD~1", "HEAD~0")),
    "textconv": (
        attributes("* diff=trap", diff__trap__textconv="{script}"),
        ("diff", "HEAD~1", "HEAD"),
    ),
    "diff driver": (
        attributes("* diff=trap", diff__trap__command="{script}"),
        ("diff", "HEAD~1", "HEAD"),
    ),
    "filter": (
        attributes(
            "* filter=trap", filter__trap__smudge="{script}", filter__trap__clean="{script}"
        ),
        ("checkout", "--force", "HEAD~1", "--", "directory.yaml"),
    ),
    "signature": (signed, ("log", "-1")),
    "hook": (hooks, ("update-ref", "refs/heads/other", "HEAD")),
    "promised object": (promised, ("cat-file", "-p", "HEAD:lost")),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_nothing_that_a_repository_names_is_run(trap: str, repo: Repo, tmp_path: Path):
    script, ran = tmp_path / "script", tmp_path / "ran"
    script.write_text(f"#!/bin/sh\ntouch {ran}\nexit 1\n")
    script.chmod(0o755)
    repo.commit({"directory.yaml": "1", "lost": "1"})
    repo.commit({"directory.yaml": "2", "lost": "2"})
    set_up, sprung = TRAPS[trap]
    set_up(repo, str(script))
    with_failure(lambda: repo.git(*sprung))
    assert ran.exists(), "the trap does not work"
    ran.unlink()

    history = repo.history()
    head = history.commit("HEAD")
    parent = history.find_commit("HEAD~1") or head
    assert history.merge_base(parent, head) == parent
    assert next(iter(history.commits(head, ("directory.yaml",)))).id == head
    with_failure(lambda: history.former_name(head, "directory.yaml"))
    for kept in (history.snapshot(head), history.staged):
        for name in ("directory.yaml", "lost"):
            found = kept.entry(name)
            assert found is not None
            with_failure(lambda found=found, kept=kept: kept.read(found, 1000))
    history.find_commit("no-such")
    assert not ran.exists()


def with_failure(run: Callable[[], object]) -> None:
    """Run something that may fail as git does where a trap lies."""
    with suppress(StorageFailure, CalledProcessError):
        run()


def test_what_a_promised_object_is_asked_of_is_nobody(repo: Repo, tmp_path: Path):
    repo.commit({"directory.yaml": "1", "lost": "2"})
    promised(repo, "/bin/false")
    kept = repo.history().snapshot(repo.git("rev-parse", "HEAD"))
    found = kept.entry("lost")
    assert found is not None
    with pytest.raises(StorageFailure) as caught:
        kept.read(found, 1000)
    assert "partial clone" in str(caught.value.hint)


def test_git_sees_no_secrets_of_ours(repo: Repo, tmp_path: Path):
    repo.commit({"directory.yaml": "1"})
    folder, seen = tmp_path / "bin", tmp_path / "seen"
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\nenv >> {seen}\nPATH=${{PATH#*:}} exec git "$@"\n')
    (folder / "git").chmod(0o755)
    history = repo.history(
        PATH=f"{folder}:{os.environ['PATH']}", IAMCTL_PASSPHRASE="hidden-one",
        AWS_SECRET_ACCESS_KEY="hidden-two", GIT_ASKPASS="hidden-three",
    )  # fmt: skip
    head = history.commit("HEAD")
    assert history.snapshot(head).entry("directory.yaml")
    assert list(history.commits(head))
    text = seen.read_text()
    assert "PATH=" in text
    assert "hidden" not in text
