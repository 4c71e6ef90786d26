"""`iamctl access-diff [A] [B]`: what a change gives and takes, each line with its proof."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.bootstrap.texts import claims_of_text
from iamctl.cli import exits
from iamctl.cli.access_options import AccountFiles, At
from iamctl.cli.app import single
from iamctl.cli.candidates import actions
from iamctl.cli.diff import SideWords, Staged, side_shape
from iamctl.cli.options import Directory, form_option
from iamctl.cli.output import answer, answer_json, answer_yaml, colour, say
from iamctl.cli.values import check_form
from iamctl.domain.claims_shape import FILE_NAME
from iamctl.domain.errors import NotFound, Usage
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.times import format_instant, parse_until
from iamctl.rendering.progress import progress
from iamctl.services import access_diff_gates as gates
from iamctl.services.access import Access
from iamctl.services.access_diff_credentials import new_credentials
from iamctl.services.access_diff_gates import Breach, Review
from iamctl.services.access_diff_times import AccessAt, over_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iamctl.bootstrap.side import Side
    from iamctl.domain.claims import Claim
    from iamctl.domain.source import Plain
    from iamctl.rendering.access_diff_words import Commands
    from iamctl.services.access_diff_lines import Line

FORMS = ("table", "json", "yaml", "markdown", "github")


def access_diff(
    sides: SideWords = None,
    staged: Staged = False,
    no_new_access: Annotated[
        bool,
        typer.Option("--no-new-access", help="Fail when anybody, of the file or not, may do more."),
    ] = False,
    not_granted: Annotated[
        str | None,
        typer.Option(
            "--not-granted",
            metavar="ACTION[,...]",
            help="Fail when anybody but root may do one of these. What is newer than AWS's list "
            "here is asked for by a pattern, as in s3:NewThing*.",
            autocompletion=actions,
        ),
    ] = None,
    resource: Annotated[
        str | None,
        typer.Option(
            "--resource", metavar="ARN", help="Of --not-granted: on such resources; may hold *."
        ),
    ] = None,
    no_public: Annotated[
        bool,
        typer.Option(
            "--no-public", help="Fail when a policy newly lets in anybody or another account."
        ),
    ] = False,
    no_new_assume: Annotated[
        bool,
        typer.Option("--no-new-assume", help="Fail when anybody can newly become a role."),
    ] = False,
    claims: Annotated[
        bool,
        typer.Option(
            "--claims",
            help=f"Fail when a claim of either side's {FILE_NAME} does not hold, or one is gone.",
        ),
    ] = False,
    at: At = None,
    account_file: AccountFiles = None,
    output: Annotated[
        str | None,
        form_option(FORMS, "table, json, yaml, markdown (a comment) or github (annotations)."),
    ] = None,
    directory: Directory = None,
) -> int:
    """What a change gives and takes: who may do what it could not before, and the other way round.

    Sides are those of `iamctl diff`. All requests are compared, not a list of them: what is not
    listed did not change, now or later: memberships that end and conditions on the time are
    followed. Each line has a witness, a request that is denied on one side and allowed on the
    other; "may gain" and "may lose" have none. What cannot be read is named with whom it concerns,
    and so are new keys, MFA devices and identity providers, which --no-new-access takes for access
    too. Exit 0, or 1 when a gate fails; an answer that is not complete fails it.

    \b
    iamctl access-diff
    iamctl access-diff main... -o markdown
    iamctl access-diff --staged --no-new-access
    iamctl access-diff main... --not-granted 'iam:Create*,iam:PassRole'
    iamctl access-diff v1.0 v1.1 --no-public --no-new-assume --claims

    JSON has From and To (Side, Commit), Gained, Lost and Outside (Principals, Actions, Grants,
    Witness), Assume and NoLongerAssume (Principal, Path, Role), Credentials, Unreadable and
    Failures (Gate, Words).
    """
    check_form(output, FORMS)
    if resource is not None and not_granted is None:
        raise Usage("--resource says where --not-granted looks", hint="give both")
    runtime = Runtime()
    names = [] if not_granted is None else not_granted.split(",")
    _check_known(names, runtime)
    now = runtime.now() if at is None else parse_until(at, runtime.now())
    old, new = runtime.sides(directory).pair(sides or (), staged)
    before, after = (_access_at(runtime, side, account_file) for side in (old, new))
    with progress(sys.stderr, "comparing access") as told:
        diff, edges, lost = over_time([before], after, now, told)
    credentials = new_credentials(old.load(), new.load())
    breaches: list[Breach] = []
    if no_new_access:
        breaches += gates.no_new_access(diff, credentials)
    if not_granted is not None:
        breaches += gates.not_granted(after, now, names, resource)
        _say_unmatched(names, runtime)
    if no_public:
        breaches += gates.no_public(diff)
    if no_new_assume:
        breaches += gates.no_new_assume(diff, edges)
    if claims:
        formerly, presently = _claims_of(old, new)
        breaches += gates.claims_hold(formerly, presently, after, now)
    review = Review(diff, edges, credentials, tuple(breaches), lost)
    shared = [f"--directory={directory}"] if directory is not None else []
    shared += [f"--account-file={file}" for file in account_file or ()]
    shared += [f"--at={format_instant(now)}"] if at is not None else []
    working = not (staged or len(sides or ()) > 1)
    commands = _asking(old, shared, False), _asking(new, shared, working)
    _show(output, review, old, new, commands)
    return exits.NEGATIVE if breaches else exits.OK


app = single(access_diff)


def _check_known(names: list[str], runtime: Runtime) -> None:
    """A gate over what is only misspelt would let everything pass."""
    for name in names:
        service, colon, action = name.partition(":")
        if not colon or {"*", "?"} & set(service):
            continue  # of any service; what has none is refused with its grammar
        of = runtime.catalogue.services()
        if service.lower() not in of:
            hint = did_you_mean(service, of) or f"for a new service, write a pattern: {service}*:*"
            raise Usage(f"AWS's list of actions knows no service {shown(service)}", hint=hint)
        if not {"*", "?"} & set(action) and runtime.catalogue.action(name) is None:
            hint = runtime.catalogue.near_action(name) or f"for a new action, write {name}*"
            raise Usage(f"AWS's list of actions does not know {shown(name)}", hint=hint)


def _say_unmatched(names: list[str], runtime: Runtime) -> None:
    for name in names:
        if not runtime.catalogue.expand(name):
            say(f"note: AWS's list of actions knows none that {name} means")


def _claims_of(*sides: "Side") -> "list[list[Claim]]":
    """The claims beside each side's directory file, of which one at least has any."""
    texts = [(side.beside(FILE_NAME), f"{side.before}{FILE_NAME}") for side in sides]
    if all(data is None for data, _ in texts):
        hint = "write a first one with: iamctl test --init"
        raise NotFound(f"neither side has {FILE_NAME}", code="NoSuchFile", hint=hint)
    return [[] if data is None else claims_of_text(data, name) for data, name in texts]


def _access_at(runtime: Runtime, side: "Side", files: list[str] | None) -> AccessAt:
    accounts = side.accounts(tuple(files or ()))
    if files:
        accounts.ids()  # a file that cannot be read is an error, needed or not
    directory = side.load()
    return lambda now: Access(directory, runtime.catalogue, now, accounts)


def _asking(side: "Side", shared: list[str], is_default: bool) -> tuple[str, ...] | None:
    """Options by which `can` asks a side what it was asked here; None where none do."""
    from iamctl.bootstrap.side import FileSide

    if side.commit is not None:
        _, colon, path = side.shown.partition(":")
        return (*shared, f"--rev={side.commit[:12]}{colon}{path}")
    if not isinstance(side, FileSide):
        return None
    if is_default:
        return tuple(shared)
    others = [option for option in shared if not option.startswith("--directory=")]
    return (*others, f"--directory={side.shown}")


def _show(form: str | None, review: Review, old: "Side", new: "Side", commands: "Commands") -> None:
    from iamctl.rendering import access_diff as words

    if form in ("json", "yaml"):
        shape = _shape(review, old, new, commands)
        return answer_json(shape) if form == "json" else answer_yaml(shape)
    if form == "markdown":
        return answer(words.diff_markdown(review, old.shown, new.shown, commands))
    if form == "github":
        file = new.read().texts[0].shown.removeprefix(new.before)
        return answer(words.diff_github(review, file, new.before, commands))
    text = words.diff_text(review, colour(), commands)
    answer(text)
    if not text:
        say(f"no access changed: {review.diff.principals} principals compared")
    return None


def _shape(review: Review, old: "Side", new: "Side", commands: "Commands") -> "dict[str, Plain]":
    from iamctl.rendering import access_diff_shapes as shapes

    diff = review.diff

    def told(lines: "Sequence[Line]") -> "list[Plain]":
        return [shapes.line_shape(line, commands) for line in lines]

    return {
        "From": side_shape(old),
        "To": side_shape(new),
        "Complete": diff.is_complete,
        "Gained": told(diff.gained),
        "Lost": told(diff.lost),
        "Outside": told(diff.outside),
        "Assume": [shapes.edge_shape(edge) for edge in review.edges],
        "NoLongerAssume": [shapes.edge_shape(edge) for edge in review.lost],
        "Credentials": list(review.credentials),
        "Unreadable": [shapes.unread_shape(unread) for unread in diff.unread],
        "Failures": [shapes.breach_shape(breach) for breach in review.breaches],
    }
