"""`iamctl prove`: what policies and principals allow, proved or refuted by one request."""

import os
import shlex
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli import exits
from iamctl.cli.access_options import AccountFiles, At
from iamctl.cli.app import group
from iamctl.cli.asking import ME, Asking
from iamctl.cli.candidates import actions, names_of, resource_words, subject_words
from iamctl.cli.documents import placed, read_supplied
from iamctl.cli.options import Directory, Output
from iamctl.cli.output import say, show_facts
from iamctl.cli.values import check_form
from iamctl.domain.arns import is_aws_managed
from iamctl.domain.errors import Usage
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.policy.evaluate import Decision
from iamctl.policy.explain import describe_matched
from iamctl.policy.match import Context
from iamctl.ports import Catalogue
from iamctl.rendering.question import can_words, context_words
from iamctl.services import prove
from iamctl.services.access import supplied_policy
from iamctl.services.can import matched_shape, why
from iamctl.services.prove_never import Possible, never

app = group("Prove what policies and principals can never allow, or show how they do.")

_FILES = (".json", ".yaml", ".yml")

Policy = Annotated[
    str,
    typer.Argument(
        metavar="POLICY",
        help="A policy's name or ARN, also AWS's, a file (with a / or as *.json, *.yaml), or -.",
        autocompletion=names_of("policies"),
    ),
]


@app.command("implies")
def implies(
    first: Policy, second: Policy, output: Output = None, directory: Directory = None
) -> int:
    """Prove that the second allows all that the first allows.

    A policy means the requests that it alone allows, its Deny statements taken off. Exit 0:
    proved for every action, resource and context. Exit 1: refuted by a request that the one allows
    and the other does not, or unknown. -o json has the request as cases for `iamctl simulate`.

    \b
    iamctl prove implies ReadArtifacts arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
    git show main:read.json | iamctl prove implies read.json -
    iamctl prove implies A B -o json | jq -c '.Counterexample.Cases[]' | iamctl simulate
    """
    claim = "{1} allows whatever {0} allows"
    return _compare("implies", prove.implies, claim, (first, second), output, directory)


@app.command("equivalent")
def equivalent(
    first: Policy, second: Policy, output: Output = None, directory: Directory = None
) -> int:
    """Prove that two policies allow the same.

    Exit 0: proved for every action, resource and context. Exit 1: refuted by a request that only
    one of them allows, or unknown.

    \b
    iamctl prove equivalent old.json new.json
    iamctl prove equivalent DeployStack ./deploy-stack.yaml -o json
    """
    claim = "{0} and {1} allow the same"
    return _compare("equivalent", prove.equivalent, claim, (first, second), output, directory)


@app.command("disjoint")
def disjoint(
    first: Policy, second: Policy, output: Output = None, directory: Directory = None
) -> int:
    """Prove that two policies allow nothing in common.

    Exit 0: proved for every action, resource and context. Exit 1: refuted by a request that both
    of them allow, or unknown.

    \b
    iamctl prove disjoint Payments Audit
    iamctl prove disjoint DeployStack arn:aws:iam::aws:policy/IAMFullAccess
    """
    claim = "{0} and {1} allow nothing in common"
    return _compare("disjoint", prove.disjoint, claim, (first, second), output, directory)


@app.command("never")
def never_(
    principal: Annotated[
        str,
        typer.Argument(
            metavar="PRINCIPAL",
            help="A user's name, user/NAME, role/NAME, assumed-role/ROLE/SESSION, root, "
            "service/NAME, anonymous, an ARN or a unique id.",
            autocompletion=subject_words,
        ),
    ],
    action: Annotated[
        str,
        typer.Argument(
            metavar="ACTION",
            help="An action or a pattern, as in s3:GetObject or s3:Delete*.",
            autocompletion=actions,
        ),
    ],
    resource: Annotated[
        str,
        typer.Argument(
            metavar="RESOURCE",
            help="An ARN with * and ?, role/NAME and the like, or * for whatever there is.",
            show_default=True,
            autocompletion=resource_words,
        ),
    ] = "*",
    at: At = None,
    account_file: AccountFiles = None,
    output: Output = None,
    directory: Directory = None,
) -> int:
    """Prove that a principal can never do something.

    On no resource that matches, in no context, at no time from now on, as long as the directory
    stays as it is; by itself, not through roles it may assume. What its own policies allow on
    resources of accounts that no file speaks of is unknown, for those have a say too.
    Exit 0: proved. Exit 1: refuted by a request that `iamctl can` replays, or unknown.

    \b
    iamctl prove never alice iam:CreateUser
    iamctl prove never role/deployer 's3:Delete*' 'arn:aws:s3:::acme-audit/*'
    iamctl prove never anonymous '*'
    """
    check_form(output)
    if principal == ME:
        raise Usage(f"{ME} is no principal to prove something of", hint="name the user or role")
    asking = Asking(directory, account_file, at)
    found = never(asking.access_at, principal, action, resource)
    _warn_of(action, asking.access.catalogue)
    where = "" if resource == "*" else f" on {resource}"
    claim = f"{principal} can never {action}{where}"
    if found.possible is None:
        return _conclude(output, "never", claim, found.proved, found.unknown)
    for note in found.possible.answer.notes:
        say(f"note: {note}")
    asked_for = None if at is None else asking.access.now
    replay = _can(found.possible, asked_for)
    replay += [f"--account-file={path}" for path in account_file or ()]
    if directory is not None and directory != os.environ.get("IAMCTL_DIRECTORY"):
        replay.append(f"--directory={directory}")
    return _conclude(output, "never", claim, False, "", *_possible(found.possible, replay))


def _warn_of(action: str, catalogue: Catalogue) -> None:
    """Say it when AWS has no such action: of a slip of the pen anything can be proved."""
    service = action.partition(":")[0]
    if "*" not in service and "?" not in service and not catalogue.expand(action):
        near = None if "*" in action or "?" in action else catalogue.near_action(action)
        hint = f"; {near}" if near else ""
        say(f"note: AWS's list of actions does not know {action}{hint}")


def _possible(
    possible: Possible, replay: list[str]
) -> tuple[list[tuple[str, str]], dict[str, Plain]]:
    """A request that is allowed, for people and as JSON."""
    request, decision = possible.answer.request, possible.answer.decision
    time = None if possible.at is None else format_instant(possible.at)
    facts = [
        *_request_facts(request.action, request.resource, possible.context),
        ("time", time or ""),
        ("by", why(possible.answer)),
        ("replay", shlex.join(replay)),
    ]
    return facts, {
        "PrincipalArn": request.caller.principal_arn or request.caller.arn or None,
        **_request_shape(request.action, request.resource, possible.context),
        "Time": time,
        "MatchedStatements": [matched_shape(matched) for matched in decision.statements],
        "Replay": list(replay),
    }


def _compare(
    name: str,
    proof_of: Callable[[prove.Given, prove.Given, Catalogue], prove.Proof],
    claim: str,
    words: tuple[str, str],
    output: str | None,
    directory: str | None,
) -> int:
    check_form(output)
    if words == ("-", "-"):
        raise Usage("only one of the policies can be on standard input")
    runtime = Runtime()
    first, second = (_given(word, runtime, directory) for word in words)
    proof = proof_of(first, second, runtime.catalogue)
    claim, found = claim.format(*words), proof.refutation
    if found is None:
        return _conclude(output, name, claim, proof.proved, proof.unknown)
    if runtime.catalogue.action(found.action) is None:
        say(f"note: AWS's list of actions does not know {found.action}")
    return _conclude(output, name, claim, False, "", *_refuted(found, words, (first, second)))


def _refuted(
    found: prove.Refutation, words: tuple[str, str], given: tuple[prove.Given, prove.Given]
) -> tuple[list[tuple[str, str]], dict[str, Plain]]:
    """A request that two policies do not decide as claimed, for people and as JSON."""
    facts = _request_facts(found.action, found.resource, found.context)
    for place, word, decision in zip(("first", "second"), words, found.decisions, strict=True):
        facts.append((place, f"{word}: {_decided(decision)}"))
    return facts, {
        **_request_shape(found.action, found.resource, found.context),
        "Decisions": [decision.verdict for decision in found.decisions],
        "Cases": [
            {"id": word, **found.case, "identity_policies": [one.document]}
            for word, one in zip(words, given, strict=True)
        ],
    }


def _given(word: str, runtime: Runtime, directory: str | None) -> prove.Given:
    """The policy that a word means."""
    if is_aws_managed(word):
        return prove.given_of_aws(runtime.catalogue, word)
    if word == "-" or (not word.startswith("arn:") and ("/" in word or word.endswith(_FILES))):
        supplied = read_supplied(word)
        with placed(supplied):
            policy = supplied_policy(supplied.document, supplied.locate, "identity", word)
        return prove.Given(policy, supplied.document)
    return prove.given_in(runtime.repository(directory).load(), word)


def _conclude(
    output: str | None,
    name: str,
    claim: str,
    proved: bool,
    unknown: str,
    facts: Sequence[tuple[str, str]] = (),
    shape: dict[str, Plain] | None = None,
) -> int:
    """Show what came of a claim; the exit code."""
    result = "proved" if proved else "unknown" if unknown else "refuted"
    whole: dict[str, Plain] = {
        "Proposition": name,
        "Claim": claim,
        "Result": result,
        "Reason": unknown or None,
        "Counterexample": shape,
    }
    shown = [("result", result), ("claim", claim), ("why", unknown), *facts]
    told: dict[str, Plain] = {key: value for key, value in whole.items() if value is not None}
    show_facts(output, shown, lambda: whole, lambda: told, result)
    return exits.OK if proved else exits.NEGATIVE


def _request_facts(action: str, resource: str, context: Context) -> list[tuple[str, str]]:
    words = "\n".join(f"--context {shlex.quote(word)}" for word in context_words(context))
    return [("action", action), ("resource", resource), ("context", words)]


def _request_shape(action: str, resource: str, context: Context) -> dict[str, Plain]:
    return {
        "Action": action,
        "Resource": resource,
        "Context": {k: v if isinstance(v, str) else list(v) for k, v in context.items()},
    }


def _decided(decision: Decision) -> str:
    if decision.statements:
        return describe_matched(decision.statements[0])
    return "no statement allows it"


def _can(possible: Possible, asked_for: int | None) -> list[str]:
    """The command that asks for the same request."""
    at = asked_for if possible.at is None else possible.at
    request = possible.answer.request
    asked = can_words(possible.principal, request.action, request.resource, possible.context, at)
    return ["iamctl", "can", *asked]
