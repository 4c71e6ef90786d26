"""The root group: a table of commands, each module loaded when its command is used."""

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

import typer
from typer._click.core import Command, Context
from typer._click.exceptions import (
    BadOptionUsage,
    ClickException,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
    UsageError,
)
from typer.core import TyperArgument, TyperCommand, TyperGroup
from typer.exceptions import Abort, Exit

from iamctl.cli import exits
from iamctl.cli.startup import without_pydantic
from iamctl.domain.errors import Interrupted, Usage
from iamctl.domain.names import did_you_mean, shown


class Entry(NamedTuple):
    """A command of the root: the module that defines it, its one-line help, its Typer app there."""

    module: str
    help: str
    app: str = "app"


COMMANDS: Mapping[str, Entry] = {
    "init": Entry("init", "Make a directory file and a vault for it."),
    "trust": Entry("trust", "Trust a directory file that came by git."),
    "user": Entry("user", "Users: create, tag, attach, delete."),
    "group": Entry("group", "Groups: members and the policies they get."),
    "role": Entry("role", "Roles: who may assume them and do what."),
    "policy": Entry("policy", "Managed policies, yours and AWS's."),
    "key": Entry("key", "Access keys: create, rotate, deactivate."),
    "mfa": Entry("mfa", "MFA devices: create, enable, delete; codes."),
    "provider": Entry("provider", "Identity providers: OIDC and SAML."),
    "pool": Entry("pool", "Identity pools: roles for users of apps."),
    "account": Entry("account", "The account: id, alias, quotas and counts."),
    "show": Entry("show", "Show whatever bears a name, ARN or id."),
    "tree": Entry("tree", "Groups, roles and users as a tree."),
    "status": Entry("status", "The state of the directory on one screen."),
    "graph": Entry("graph", "The directory as a picture."),
    "assume-role": Entry("fronts", "Assume a role: temporary credentials.", "assume_app"),
    "assume": Entry("fronts", "The same as assume-role.", "assume_app"),
    "assume-role-with-web-identity": Entry(
        "assume_web_identity", "Credentials for an OpenID Connect token."
    ),
    "assume-role-with-saml": Entry("assume_saml", "Credentials for a SAML response."),
    "get-session-token": Entry(
        "fronts", "A session of yourself, with MFA if asked.", "get_session_token_app"
    ),
    "get-federation-token": Entry("get_federation_token", "A session for somebody you vouch for."),
    "console": Entry("console", "Sign a browser in to the AWS console."),
    "exec": Entry("exec", "Run a command under a role."),
    "shell": Entry("own_shell", "Open your own shell under a role."),
    "whoami": Entry("fronts", "Who this shell's credentials belong to.", "whoami_app"),
    "get-caller-identity": Entry("fronts", "UserId, Account and Arn of the caller.", "caller_app"),
    "can": Entry("fronts", "May a principal do it, and what says so.", "can_app"),
    "who-can": Entry("who_can", "Everybody who can do something."),
    "what-can": Entry("what_can", "All that a principal can do."),
    "watch-expiry": Entry("watch_expiry", "Memberships that end, and what with them."),
    "test": Entry("access_tests", "Check what must, and what must never, be."),
    "prove": Entry("prove", "Prove that something can never be allowed."),
    "diff": Entry("diff", "What changed between two states, in words."),
    "access-diff": Entry("access_diff", "What a change gives and takes, with proof."),
    "log": Entry("log", "What each commit changed, in words."),
    "blame": Entry("blame", "Who set what an entity holds, and when."),
    "blame-access": Entry("blame_access", "What last turned a yes or a no, and who."),
    "validate": Entry("fronts", "Check files: every problem with its line.", "validate_app"),
    "split": Entry("split", "A directory over several files."),
    "join": Entry("join", "A directory of several files in one again."),
    "simulate": Entry("simulate", "Decide cases of JSON Lines with policies."),
    "git": Entry("git", "git diff and merge by what the file means."),
    "sessions": Entry("sessions", "The sessions that this machine keeps."),
    "vault": Entry("vault", "This machine's secrets for a directory."),
    "aws-config": Entry("aws_config", "Profiles for SDKs in your AWS config file."),
    "config": Entry("config", "Your own settings."),
    "completion": Entry("completion", "Completion for bash, zsh, fish, PowerShell."),
}
"""Command -> where it is. `assume` is `assume-role` under a shorter name."""

HIDDEN = ("assume",)

HELP = ["-h", "--help"]
"""What asks any command for its help."""


class Group(TyperGroup):
    """A group that answers a command it does not have with a near one."""

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args[0] not in known and not args[0].startswith("-"):
            raise Usage(
                f"there is no command {shown(args[0])}",
                hint=did_you_mean(args[0], known) or f"see: {ctx.command_path} --help",
            )
        return super().resolve_command(ctx, args)


class LazyGroup(Group):
    """A group whose commands come from the table: stubs for the list, the real one for use."""

    def list_commands(self, ctx: Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        return TyperCommand(
            cmd_name, help=entry.help, hidden=cmd_name in HIDDEN, rich_markup_mode=None
        )

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        name = args[0]
        if name in COMMANDS:
            return name, load(name), args[1:]
        return super().resolve_command(ctx, args)


def load(name: str) -> Command:
    """The real command of that name."""
    module = import_module(f"iamctl.cli.{COMMANDS[name].module}")
    command: Command = typer.main.get_command(getattr(module, COMMANDS[name].app))
    command.name = name
    command.hidden = name in HIDDEN
    _plain_arguments(command)
    return command


def _plain_arguments(command: Command) -> None:
    """Let help call an argument NAME, where Typer writes `{NAME}` and `NAME <str>`."""
    for child in command.commands.values() if isinstance(command, TyperGroup) else ():
        _plain_arguments(child)
    for param in command.params:
        if isinstance(param, TyperArgument):
            dots = "..." if param.nargs != 1 else ""
            name = f"{param.metavar}{dots}" if param.required else f"[{param.metavar}]{dots}"
            setattr(param, "display_type_rich", lambda ctx: "")  # noqa: B010
            setattr(param, "_usage_display_name", lambda name=name: name)  # noqa: B010


def _version(value: bool) -> None:
    if value:
        from iamctl import __version__

        sys.stdout.write(f"iamctl {__version__}\n")
        raise Exit(0)


def _colour(value: str | None) -> None:
    if value is None:
        return
    if value not in ("always", "never", "auto"):
        raise Usage(f"{shown(value)} is no way to colour", hint="use always, never or auto")
    os.environ["IAMCTL_COLOR"] = value


def root(
    version: bool = typer.Option(
        False, "--version", help="Print the version and exit.", callback=_version, is_eager=True
    ),
    color: str | None = typer.Option(
        None,
        "--color",
        metavar="WHEN",
        help="always, never or auto; before NO_COLOR and FORCE_COLOR.",
        callback=_colour,
    ),
) -> None:
    """An IAM-style identity directory in one reviewed YAML file.

    \b
    iamctl init --user me
    iamctl role create deployer --allow user/me
    eval "$(iamctl assume-role deployer)"
    iamctl whoami
    """


app = typer.Typer(
    name="iamctl",
    cls=LazyGroup,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": HELP, "max_content_width": 100},
    epilog="\b\nExit codes:\n" + "\n".join(f"{code:5} {text}" for code, text in exits.TABLE),
)
app.callback()(root)


def group(help_text: str) -> typer.Typer:
    """A Typer app for one noun, in the house's manner."""
    return typer.Typer(
        help=help_text,
        cls=Group,
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": HELP, "max_content_width": 100},
    )


def single(
    function: Any, help_text: str | None = None, cls: type[TyperCommand] = TyperCommand
) -> typer.Typer:
    """A Typer app that is one verb."""
    verb = group(help_text or "")
    verb.info.no_args_is_help = False
    verb.command(cls=cls)(function)
    return verb


AT_ONCE: list[Any] = []
"""Functions of commands that do without Typer, so that `fastpath` can call them."""


def described(function: Any, *options: ModuleType) -> Any:
    """A command whose module does without Typer, with the options that its annotations name.

    They are names of these modules, unevaluated until now.
    """
    known = {name: value for module in options for name, value in vars(module).items()}
    del function.__annotations__["return"]
    for parameter, option in function.__annotations__.items():
        function.__annotations__[parameter] = known[option]
    AT_ONCE.append(function)
    return function


def invoke(argv: list[str]) -> int:
    """Parse and run; the exit code. Usage errors become the domain's."""
    with without_pydantic():
        command = typer.main.get_command(app)
        streams = sys.stdout, sys.stderr
        try:
            result = command.main(argv, prog_name="iamctl", standalone_mode=False)
        except Exit as end:
            return end.exit_code
        except SystemExit as end:  # what Typer makes of a closed pipe
            sys.stdout, sys.stderr = streams
            if isinstance(end.__context__, BrokenPipeError):
                raise end.__context__ from None
            raise
        except Abort:
            raise Interrupted("interrupted") from None
        except NoArgsIsHelpError as error:
            sys.stderr.write(error.format_message() + "\n")
            return exits.USAGE
        except UsageError as error:
            raise _usage(error, argv) from None
        except ClickException as error:
            raise Usage(error.format_message()) from None
    if result == exits.INTERRUPTED:  # how Typer passes Ctrl-C on
        raise Interrupted("interrupted")
    return result if isinstance(result, int) else exits.OK


def _usage(error: UsageError, argv: Sequence[str]) -> Usage:
    path = error.ctx.command_path if error.ctx else _command_of(argv)
    hint = f"see: {path} --help"
    if isinstance(error, NoSuchOption):
        near = did_you_mean(error.option_name, error.possibilities or ())
        return Usage(f"there is no option {shown(error.option_name)}", hint=near or hint)
    if isinstance(error, MissingParameter) and error.param is not None:
        param = error.param
        name = param.metavar if isinstance(param, TyperArgument) else param.opts[0]
        return Usage(f"{name} is missing", hint=hint)
    text = error.format_message().rstrip(".")
    if isinstance(error, BadOptionUsage) and text.endswith("requires an argument"):
        return Usage(f"option {error.option_name} needs a value", hint=hint)
    if text.startswith(_EXTRA):
        return Usage(f"that is too much: {text.removeprefix(_EXTRA)[:-1]}", hint=hint)
    return Usage(text[:1].lower() + text[1:], hint=hint)


_EXTRA = "Got unexpected extra argument(s) ("


def _command_of(argv: Sequence[str]) -> str:
    """The command that an unparsed command line means, as far as its first words tell."""
    words = ["iamctl"]
    command: Command | None = load(argv[0]) if argv and argv[0] in COMMANDS else None
    for word, following in zip(argv, (*argv[1:], ""), strict=False):
        if command is None:
            break
        words.append(word)
        inner = command.commands if isinstance(command, TyperGroup) else {}
        command = inner.get(following)
    return " ".join(words)
