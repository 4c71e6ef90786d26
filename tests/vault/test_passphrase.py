"""Where a passphrase comes from, and what is never done with it."""

import os
import pty
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iamctl.domain.errors import Interrupted, InvalidValue, VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey
from iamctl.vault import VaultSettings, ask_passphrase, create_vault, open_vault, rewrap
from iamctl.vault.passphrase import Passphrase

Open = Callable[[dict[str, str]], str]


@pytest.fixture
def opened_with(folder: str, uuid: str, first: SigningKey, settings: VaultSettings) -> Open:
    """Opens a vault whose passphrase is "correct horse" with an environment."""
    known = {"IAMCTL_VAULT_PASSPHRASE": "correct horse"}
    create_vault("passphrase", folder, uuid, first, settings._replace(environment=known))

    def opened(environment: dict[str, str]) -> str:
        vault = open_vault(folder, uuid, None, settings._replace(environment=environment))
        return vault.signing_keys()[0].id

    return opened


def command(text: str) -> dict[str, str]:
    return {"IAMCTL_VAULT_PASSPHRASE_COMMAND": text, "PATH": os.environ["PATH"]}


def answers(*texts: str) -> Callable[[str], Secret]:
    left: Iterator[str] = iter(texts)
    return lambda _message: Secret(next(left))


class TestTheVariable:
    def test_it_opens(self, opened_with: Open) -> None:
        assert opened_with({"IAMCTL_VAULT_PASSPHRASE": "correct horse"}) == "first"

    def test_a_wrong_one_does_not(self, opened_with: Open) -> None:
        for wrong in ("Correct horse", "correct horse ", "correct horse\n", "\udc80"):
            with pytest.raises(VaultUnavailable, match="passphrase is not the one") as refused:
                opened_with({"IAMCTL_VAULT_PASSPHRASE": wrong})
            assert wrong.strip() not in refused.value.message

    def test_a_mistyped_one_is_no_reason_to_put_back_an_older_file(
        self, opened_with: Open, folder: str
    ) -> None:
        with pytest.raises(VaultUnavailable) as refused:
            opened_with({"IAMCTL_VAULT_PASSPHRASE": "wrong"})
        hint = refused.value.hint or ""
        assert hint.startswith("give the passphrase again")
        assert "keys.sealed.previous" not in hint  # there is none yet
        Path(folder, "keys.sealed.previous").touch()
        with pytest.raises(VaultUnavailable) as refused:
            opened_with({"IAMCTL_VAULT_PASSPHRASE": "wrong"})
        hint = refused.value.hint or ""
        assert hint.index("give the passphrase again") < hint.index("keys.sealed.previous")

    def test_an_empty_one_is_refused_and_nothing_else_is_tried(self, opened_with: Open) -> None:
        with pytest.raises(VaultUnavailable, match="is empty") as refused:
            opened_with({"IAMCTL_VAULT_PASSPHRASE": "", **command("echo correct horse")})
        assert refused.value.hint == "that is what IAMCTL_VAULT_PASSPHRASE gives"

    def test_it_comes_before_the_command(self, opened_with: Open) -> None:
        both = {"IAMCTL_VAULT_PASSPHRASE": "correct horse", **command("false")}
        assert opened_with(both) == "first"

    def test_an_empty_one_makes_no_vault(
        self, folder: str, uuid: str, first: SigningKey, settings: VaultSettings
    ) -> None:
        empty = settings._replace(environment={"IAMCTL_VAULT_PASSPHRASE": ""})
        with pytest.raises(VaultUnavailable, match="is empty"):
            create_vault("passphrase", folder, uuid, first, empty)
        assert not os.path.exists(folder)

    def test_an_endless_one_is_refused(self, opened_with: Open) -> None:
        with pytest.raises(VaultUnavailable, match="longer than"):
            opened_with({"IAMCTL_VAULT_PASSPHRASE": "x" * 5000})


class TestTheCommand:
    def test_its_output_less_one_line_end_opens(self, opened_with: Open) -> None:
        for text in ("printf 'correct horse'", "echo correct horse", r"printf 'correct horse\r\n'"):
            assert opened_with(command(text)) == "first"
        with pytest.raises(VaultUnavailable):
            opened_with(command(r"printf 'correct horse\n\n'"))

    def test_no_shell_sees_it(self, opened_with: Open, tmp_path: Path) -> None:
        with pytest.raises(VaultUnavailable):
            opened_with(command(f"echo correct horse; touch {tmp_path}/made"))
        with pytest.raises(VaultUnavailable):
            opened_with(command(f"echo $(touch {tmp_path}/made)"))
        assert not (tmp_path / "made").exists()

    def test_it_inherits_none_of_our_variables(self, opened_with: Open, tmp_path: Path) -> None:
        program = tmp_path / "give"
        program.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\necho correct horse\n")
        program.chmod(0o700)
        secrets = {"IAMCTL_SECRET_ACCESS_KEY": "s", "IAMCTL_SIGNING_KEY": "k", "OTHER": "o"}
        assert opened_with({**command(shlex.quote(str(program))), **secrets}) == "first"
        seen = (tmp_path / "seen").read_text()
        assert "OTHER=o" in seen
        assert "IAMCTL_" not in seen

    def test_a_program_of_the_working_folder_is_never_run(
        self, opened_with: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("give-passphrase", "bin/give-passphrase"):
            program = tmp_path / name
            program.parent.mkdir(exist_ok=True)
            program.write_text("#!/bin/sh\necho correct horse\n")
            program.chmod(0o700)
        monkeypatch.chdir(tmp_path)
        for text in ("give-passphrase", "./give-passphrase", "bin/give-passphrase"):
            for path in ("", ".", "bin", "::"):
                with pytest.raises(VaultUnavailable, match="was not found"):
                    opened_with({**command(text), "PATH": path})
        on_path = {**command("give-passphrase"), "PATH": f".:{tmp_path / 'bin'}"}
        assert opened_with(on_path) == "first"

    def test_failures_say_so(self, opened_with: Open, tmp_path: Path) -> None:
        (tmp_path / "broken").write_text("#!/none\n")
        (tmp_path / "broken").chmod(0o700)
        for text, message in (
            ("false", "failed with status 1"),
            ("sh -c 'kill -9 $$'", "failed with status -9"),
            ("no-such-program-anywhere", "was not found"),
            ("'unbalanced", "was not found"),
            ("", "was not found"),
            ("true", "is empty"),
            (f"{tmp_path}/broken", "could not be run"),
        ):
            with pytest.raises(VaultUnavailable, match=message):
                opened_with(command(text))


class TestThePrompt:
    def test_a_new_one_is_asked_for_twice(
        self, folder: str, uuid: str, first: SigningKey, settings: VaultSettings
    ) -> None:
        for given in (("a", "b"), ("a", "A")):
            with pytest.raises(InvalidValue, match="differ"):
                create_vault(
                    "passphrase", folder, uuid, first, settings._replace(prompt=answers(*given))
                )
        with pytest.raises(VaultUnavailable, match="is empty") as refused:
            create_vault("passphrase", folder, uuid, first, settings._replace(prompt=answers("")))
        assert refused.value.hint == "type it again"
        assert not os.path.exists(folder)
        create_vault("passphrase", folder, uuid, first, settings._replace(prompt=answers("a", "a")))
        vault = open_vault(folder, uuid, None, settings._replace(prompt=answers("a")))
        assert vault.signing_keys() == (first,)
        vault.put_secret_access_keys({"AKIAA": Secret("asked once")})

    def test_another_passphrase_is_asked_for_though_the_old_one_is_in_the_environment(
        self, opened_with: Open, folder: str, uuid: str, settings: VaultSettings
    ) -> None:
        known = {"IAMCTL_VAULT_PASSPHRASE": "correct horse"}
        with_old = settings._replace(environment=known, prompt=answers("new", "new"))
        rewrap(open_vault(folder, uuid, None, with_old), "passphrase")
        assert opened_with({"IAMCTL_VAULT_PASSPHRASE": "new"}) == "first"
        with pytest.raises(VaultUnavailable):
            opened_with(known)


ASK = """
import os, sys
from iamctl.domain.errors import IamctlError
from iamctl.vault import VaultSettings, ask_passphrase
try:
    secret = ask_passphrase(VaultSettings({}, os.urandom), "Passphrase: ")
    os.write(int(sys.argv[1]), b"got " + secret.reveal().hex().encode())
except IamctlError as error:
    os.write(int(sys.argv[1]), type(error).__name__.encode())
"""


def on_a_terminal(typed: bytes) -> tuple[bytes, bytes]:
    """What the prompt answered and what the terminal showed, for what a person typed.

    The program's standard streams are not the terminal: only /dev/tty is.
    """
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    child, terminal = pty.fork()
    if child == 0:
        os.set_inheritable(os.dup(0), True)  # a terminal that nobody has open hangs up
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        os.execv(sys.executable, [sys.executable, "-P", "-c", ASK, str(write_end)])
    os.close(write_end)
    shown = b""
    while b"Passphrase: " not in shown:
        shown += os.read(terminal, 1000)
    os.write(terminal, typed)
    answer = b""
    while part := os.read(read_end, 1000):
        answer += part
    try:
        while part := os.read(terminal, 1000):
            shown += part
    except OSError:
        pass
    os.waitpid(child, 0)
    os.close(terminal)
    os.close(read_end)
    return answer, shown


class TestTheTerminal:
    def test_it_asks_there_without_echo(self) -> None:
        answer, shown = on_a_terminal("pässword \"' $x\n".encode())
        assert answer == b"got " + "pässword \"' $x".encode().hex().encode()
        assert shown == b"Passphrase: \r\n"

    def test_ctrl_c_and_ctrl_d_are_a_way_out(self) -> None:
        for key in (b"\x03", b"\x04"):
            assert on_a_terminal(key)[0] == b"Interrupted"

    def test_an_empty_line_is_refused(self) -> None:
        assert on_a_terminal(b"\n")[0] == b"VaultUnavailable"

    def test_without_one_the_variables_are_named(
        self, in_child: Callable[[Callable[[], object]], int], settings: VaultSettings
    ) -> None:
        def ask() -> None:
            os.setsid()
            with pytest.raises(VaultUnavailable, match="no terminal") as refused:
                Passphrase(settings._replace(prompt=None)).mint()
            assert "IAMCTL_VAULT_PASSPHRASE_COMMAND" in (refused.value.hint or "")
            with pytest.raises(VaultUnavailable, match="no terminal") as refused:
                ask_passphrase(settings._replace(prompt=None), "Of an export: ")
            assert "IAMCTL_VAULT" not in (refused.value.hint or "")

        assert in_child(ask) == 0

    def test_giving_up_makes_no_vault(
        self, folder: str, uuid: str, first: SigningKey, settings: VaultSettings
    ) -> None:
        def give_up(_message: str) -> Secret:
            raise Interrupted("no passphrase was given")

        with pytest.raises(Interrupted):
            create_vault("passphrase", folder, uuid, first, settings._replace(prompt=give_up))
        assert not os.path.exists(folder)
