"""Commands that get a role's session take the same options for it, in the same words."""

import pytest

from iamctl.cli.app import load
from iamctl.cli.obtaining import Wanted

ASSUME = "assume-role"
NOT_FOR_COMMANDS = {"role_arn", "aws_tags", "output", "output_file"}
"""What makes assume-role AWS's, and how it says what it got."""
THEIR_OWN = {"exec": {"command", "server"}, "shell": {"server"}}


def parameters(command: str) -> dict[str, dict[str, object]]:
    """Name -> what help and completion know of it, in the order of help."""
    told = ("opts", "secondary_opts", "param_type_name", "help", "metavar", "hidden", "multiple",
            "is_flag", "default", "nargs")  # fmt: skip
    found = {}
    for parameter in load(command).params:
        of_it: dict[str, object] = {name: getattr(parameter, name, None) for name in told}
        completes = getattr(parameter, "_custom_shell_complete", None)
        of_it["completes"] = completes is not None
        found[str(parameter.name)] = of_it
    return found


@pytest.mark.parametrize("command", THEIR_OWN)
def test_a_new_option_of_a_session_is_every_commands(command):
    asked, given = parameters(ASSUME), parameters(command)
    assert set(given) == (set(asked) - NOT_FOR_COMMANDS) | THEIR_OWN[command]
    shared = [name for name in asked if name in given]
    assert [name for name in given if name in asked] == shared
    assert {name: given[name] for name in shared} == {name: asked[name] for name in shared}


@pytest.mark.parametrize("command", [ASSUME, *THEIR_OWN])
def test_each_is_passed_on(command, monkeypatch):
    """What is asked for on the command line is what is wanted, one option at a time."""
    import iamctl.cli.assume
    import iamctl.cli.handing_on
    from iamctl.cli.boundary import run

    class Stopped(Exception):
        pass

    asked: list[Wanted] = []

    def stop(wanted: Wanted, _: object) -> None:
        asked.append(wanted)
        raise Stopped

    monkeypatch.delenv("IAMCTL_SESSION", raising=False)
    monkeypatch.setattr("iamctl.cli.boundary._finish_undisturbed", lambda: None)
    for module in (iamctl.cli.assume, iamctl.cli.handing_on):
        monkeypatch.setattr(module, "obtain", stop)
    words = ["--", "true"] if command == "exec" else []
    known = parameters(command)
    fields = set(Wanted._fields) & set(known) - {"role"}
    for name in sorted(fields):
        option = max(known[name]["opts"], key=len)
        value = [] if known[name]["is_flag"] else ["7m" if name == "min_ttl" else "a=b"]
        run([command, "deployer", option, *value, *words])
        want = True if known[name]["is_flag"] else value[0]
        got = getattr(asked[-1], name)
        assert got == ([want] if known[name]["multiple"] else want), option
    assert len(asked) == len(fields)
    assert known.keys() - fields <= {"role", "server", "command", "output", "output_file"}
