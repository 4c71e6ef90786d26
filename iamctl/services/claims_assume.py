"""Claims about who may assume a role, and what that takes."""

from collections.abc import Iterator, Mapping

from iamctl.domain.claims import Claim
from iamctl.domain.errors import NotFound
from iamctl.domain.names import shown
from iamctl.policy.compile import has_wildcard
from iamctl.policy.match import compile_glob
from iamctl.services.access import Answer, Value
from iamctl.services.can import deciding, why
from iamctl.services.claims_failures import Broken
from iamctl.services.claims_holders import Holders
from iamctl.services.claims_principals import Exceptions, everybody_meant, exceptions_of
from iamctl.services.claims_ways import Way, way_of
from iamctl.services.everybody import Asked
from iamctl.services.who_can import ASSUME_ROLE, FEDERATED_ASSUMES

_OPPOSITE = {"true": "false", "false": "true"}


def broken_assume(claim: Claim, holders: Holders) -> Iterator[Broken]:
    """Who breaks a claim about assuming roles. Raises NotFound, InvalidValue."""
    access = holders.ways.access
    able = everybody_meant(access, claim.principals)
    listed = exceptions_of(access, claim.principals)
    excluded = exceptions_of(access, claim.excluded)
    for role in _roles(claim, holders):
        arn = access.directory.arn(access.directory.role(role))
        for asked in able:
            yield from _unable(claim, holders, asked, arn)
        yield from _intruders(claim, holders, role, arn, listed, excluded)


def _roles(claim: Claim, holders: Holders) -> list[str]:
    directory = holders.ways.access.directory
    found: dict[str, None] = {}
    for word in claim.roles:
        names = [directory.role(word).name] if not has_wildcard(word) else [
            name for name in directory.roles if compile_glob(word)(name)
        ]  # fmt: skip
        if not names:
            raise NotFound(f"{shown(word)} matches no role")
        found |= dict.fromkeys(names)
    return list(found)


def _unable(claim: Claim, holders: Holders, asked: Asked, arn: str) -> Iterator[Broken]:
    """Somebody of `by` who may not assume the role with what `with` says, or may without it."""
    answer = _answer(holders, asked, arn, claim.context)
    if not _lets_in(holders, asked, answer):
        way = _refusal(answer, arn)
        yield Broken(asked.kind, asked.name, "cannot", answer.request.action, way)
        return
    for words, context in _without(claim.context):
        answer = _answer(holders, asked, arn, context)
        if _lets_in(holders, asked, answer):
            way = Way(arn, answer.decision.verdict, deciding(answer.decision))
            yield Broken(asked.kind, asked.name, "can", answer.request.action, way, (), words)


def _answer(holders: Holders, asked: Asked, arn: str, context: Mapping[str, Value]) -> Answer:
    """What STS says; those that an identity provider vouches for are asked in their own way."""
    ways, subject = holders.ways, asked.subject
    if subject.principal.type == "Account" and not ways.access.knows(subject):
        # Another account's root stands for whoever of that account may, which root may not.
        somebody = ways.access.subject(f"arn:aws:iam::{subject.principal.account}:user/somebody")
        subject = somebody._replace(principal=subject.principal._replace(type="User"))
    actions = FEDERATED_ASSUMES if subject.principal.type == "Federated" else (ASSUME_ROLE,)
    answers = [ways.access.answer(subject, ways.target(a, arn, context)) for a in actions]
    return next((answer for answer in answers if answer.decision.allowed), answers[0])


def _lets_in(holders: Holders, asked: Asked, answer: Answer) -> bool:
    """Whether the answer is yes or, of a stranger, hangs on nothing but its own account."""
    if answer.decision.allowed:
        return True
    stranger = not holders.ways.access.knows(asked.subject)
    return stranger and answer.decision.verdict == "unknown"


def _refusal(answer: Answer, arn: str) -> Way:
    decision = answer.decision
    denied = deciding(decision) if decision.verdict == "explicitDeny" else None
    words = () if denied is not None else (why(answer),)
    return Way(arn, decision.verdict, denied, words)


def _without(needed: Mapping[str, Value]) -> Iterator[tuple[str, dict[str, Value]]]:
    """Circumstances in which one of the needed keys is left out, or is its opposite."""
    for key, value in needed.items():
        rest = {k: v for k, v in needed.items() if k != key}
        yield f"without {key}", rest
        opposite = _OPPOSITE.get(value) if isinstance(value, str) else None
        if opposite is not None:
            yield f"with {key} {opposite}", {**rest, key: opposite}


def _intruders(
    claim: Claim,
    holders: Holders,
    role: str,
    arn: str,
    listed: Exceptions,
    excluded: Exceptions,
) -> Iterator[Broken]:
    """Who may assume the role, under any condition, and must not."""
    if not (claim.alone or claim.excluded):
        return
    for holder in holders.assuming(role, {}, direct=True):
        banned = excluded.cover(holder.kind, holder.name)
        if banned or (claim.alone and not listed.cover(holder.kind, holder.name)):
            way = way_of(arn, holder.finding)
            yield Broken(holder.kind, holder.name, "can", ASSUME_ROLE, way)
