"""Making git call us in one repository, and undoing it: every step is said."""

import os

from iamctl import files
from iamctl.bootstrap import Runtime
from iamctl.cli.ourselves import ourselves
from iamctl.cli.output import answer, say
from iamctl.domain.errors import NotFound
from iamctl.services.git_setup import (
    HOOKS,
    SECTIONS,
    attribute_lines,
    hook,
    is_our_hook,
    settings,
    with_lines,
    without_lines,
)


class Installation:
    """The repository that holds the directory file. A dry run says what it would do on stdout."""

    def __init__(self, runtime: Runtime, directory: str | None, dry_run: bool) -> None:
        self._sides = runtime.sides(directory)
        self._git = self._sides.history
        self._attributes = os.path.join(self._git.root, ".gitattributes")
        self._dry_run = dry_run
        self._done = 0

    def install(self, grants: str) -> None:
        """Add what is missing. Raises StorageFailure, InvalidDirectory."""
        iamctl = ourselves()
        old = self._text(self._attributes)
        lines = attribute_lines(self._git.name, self._included())
        self._rewrite(self._attributes, old, with_lines(old, lines))
        self._configure(settings(iamctl, grants))
        for path in self._hooks():
            self._hook(path, hook(os.path.basename(path), iamctl, self._git.name, grants))
        if self._text(self._attributes) != old:
            say("next: commit .gitattributes")
        self._conclude("nothing to do: it is installed")

    def uninstall(self) -> None:
        """Remove what `install` added. Raises StorageFailure."""
        old = self._text(self._attributes)
        self._rewrite(self._attributes, old, without_lines(old))
        for section in SECTIONS:
            if self._git.settings.of(section):
                if not self._dry_run:
                    self._git.settings.remove(section)
                self._say(f"remove the section {section} of the repository's configuration")
        for path in self._hooks():
            text = self._own(path)
            if text is not None and is_our_hook(text):
                self._rewrite(path, text, "")
        self._conclude("nothing of iamctl is installed here")

    def _included(self) -> list[str]:
        include = self._sides.working().load(checked=False).plain.get("include")
        return [str(each) for each in include] if isinstance(include, list) else []

    def _hooks(self) -> list[str]:
        """Where our hooks are, or would be."""
        folder = self._git.hooks_folder()
        if folder is None:
            say("core.hooksPath names a folder of hooks that others keep: none is touched")
            return []
        return [os.path.join(folder, name) for name in HOOKS]

    def _configure(self, wanted: dict[str, str]) -> None:
        known = {k: v for section in SECTIONS for k, v in self._git.settings.of(section).items()}
        missing = {name: value for name, value in wanted.items() if known.get(name) != value}
        if not self._dry_run:
            self._git.settings.set(missing)
        for name, value in missing.items():
            self._say(f"set {name} = {value}")

    def _hook(self, path: str, text: str) -> None:
        old = self._own(path)
        if old is None or (old and not is_our_hook(old)):
            say(f"there is a {os.path.basename(path)} hook already, which stays; add to it:")
            say(f"  {text.splitlines()[-1].removeprefix('exec ')} || exit 1")
        else:
            self._rewrite(path, old, text, executable=True)

    def _rewrite(self, path: str, old: str, new: str, executable: bool = False) -> None:
        """Write a file, or remove one of which nothing is left."""
        if old == new:
            return
        if not self._dry_run:
            self._replace(path, new, executable)
        verb = "change" if old and new else "write" if new else "remove"
        self._say(f"{verb} {os.path.relpath(path)}")

    def _replace(self, path: str, new: str, executable: bool) -> None:
        if not new:
            files.remove_file(path)
            return
        data = new.encode("utf-8", "surrogateescape")
        files.public_folder(os.path.dirname(path))
        with files.folder_lock(os.path.dirname(os.path.realpath(path))):
            files.replace_durably(path, data, mode=0o755 if executable else None)

    def _own(self, path: str) -> str | None:
        """What a hook says; None where what leads to it is somebody else's."""
        return None if os.path.islink(path) else self._text(path)

    def _text(self, path: str) -> str:
        """What a file says; nothing where there is none."""
        try:
            return files.read_regular(path).decode("utf-8", "surrogateescape")
        except NotFound:
            return ""

    def _say(self, step: str) -> None:
        """A step that is done, or in a dry run would be."""
        self._done += 1
        if self._dry_run:
            answer(f"# {step}\n")
        else:
            say(step)

    def _conclude(self, idle: str) -> None:
        if not self._done:
            say(idle)
