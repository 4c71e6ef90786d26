"""Who is named in the file without being of it: anybody, accounts, services, identity providers.

Of another account whose file is not known, and of whoever it lets act for it, nothing but what is
asked of the resource is known: its own policies are taken to allow everything.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from iamctl.domain.arns import parse_arn, root_arn
from iamctl.domain.directory import Directory
from iamctl.domain.documents import DocumentKind, parse_document
from iamctl.domain.entities import Role, User
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.source import Plain
from iamctl.policy.compile import CompiledStatement, SourcePolicy, source_policy
from iamctl.policy.layers import Layers
from iamctl.policy.request import caller_of_arn, federated_caller, user_caller
from iamctl.services.access import Access
from iamctl.services.subjects import Subject

ANYBODY, ANONYMOUS = "anybody", "anonymous"
"""Anybody with credentials of whatever account, and anybody without any."""
STRANGE = "000000000000"
"""The account of anybody: no account has this number."""
_PROVIDER = "provider "
CANONICAL = "canonical user "
"""How words begin for accounts that S3 knows by another number: which ones, no file says."""


def named_outside(access: Access, statements: Iterable[CompiledStatement]) -> Iterator[str]:
    """Words for those whom policies of resources name and who are not of the file."""
    found: dict[str, None] = {}
    for statement in (compiled.statement for compiled in statements):
        for named in (statement.principals, statement.not_principals):
            for kind, names in (named or {}).items():
                for name in names:
                    found |= dict.fromkeys(_words(kind, name))
        if statement.not_principals is not None:
            found |= dict.fromkeys((ANYBODY, ANONYMOUS))
    for word in found:
        with suppress(NotFound, InvalidValue):  # whom nobody knows is nobody
            subject = subject_for(access, word)
            if subject.principal.account != access.directory.account.id or ":sts:" in word:
                yield word


def abroad_otherwise(states: Sequence[Access]) -> Iterator[str]:
    """The ARNs of the users and roles of other accounts whose files are not the same in all of the
    states."""
    *others, last = states
    own = {access.directory.account.id for access in states}
    accounts = {account for access in states for account in access.known_accounts()} - own
    for account in sorted(accounts):
        collectors = [access.collector(account) for access in (*others, last)]
        found = [None if one is None else one.directory for one in collectors]
        plain = [None if one is None else one.plain for one in found]
        if all(one == plain[-1] for one in plain):
            continue
        for directory in filter(None, found):
            yield from map(directory.arn, _principals(directory))


def _principals(directory: Directory) -> Iterator[User | Role]:
    yield from directory.users.values()
    yield from directory.roles.values()


def is_there(access: Access, word: str) -> bool:
    """Whether a state has the principal that a word means."""
    with suppress(NotFound, InvalidValue):
        subject_for(access, word)
        return True
    return False


def _words(kind: str, name: str) -> tuple[str, ...]:
    if name == "*" and kind in ("*", "AWS"):
        return ANYBODY, ANONYMOUS
    if kind == "Service":
        return (f"service/{name}",)
    if kind == "Federated":
        return (f"{_PROVIDER}{name}",)
    if kind == "CanonicalUser":
        return (f"{CANONICAL}{name}",)
    arn = root_arn(name) if name.isdigit() else name
    return (arn,) if kind == "AWS" and parse_arn(arn) is not None else ()


def subject_for(access: Access, word: str) -> Subject:
    """The principal that a word means, of the file or not. Raises NotFound, InvalidValue."""
    if word.startswith(_PROVIDER):
        return Subject(federated_caller(word.removeprefix(_PROVIDER)))
    if word.startswith(CANONICAL):
        canonical = user_caller(STRANGE, "anybody", "/", word.removeprefix(CANONICAL))
        return Subject(canonical, Layers(identity=(everything(word),)))
    if word == ANYBODY:
        word = f"arn:aws:iam::{STRANGE}:user/anybody"
    arn = parse_arn(word)
    if arn is None or arn.account == access.directory.account.id:
        return access.subject(word)
    caller = caller_of_arn(word)
    if caller is None or (caller.type != "Account" and access.collector(arn.account) is not None):
        return access.subject(word)
    if caller.type == "Account":  # stands for whomever the account lets
        caller = caller._replace(type="User")
    return Subject(caller, Layers(identity=(everything(word),)))


def is_asked_as_is(word: str) -> bool:
    """Whether `iamctl can` knows the word, and says of it what is said here."""
    arn = parse_arn(word)
    return arn is None and word != ANYBODY and not word.startswith((_PROVIDER, CANONICAL))


def everything(word: str, kind: DocumentKind = "identity") -> SourcePolicy:
    """A policy that allows everything, in place of all that the account of somebody lets it do."""
    allow: dict[str, Plain] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    if kind == "rcp":
        allow["Principal"] = "*"
    parsed, _ = parse_document({"Version": "2012-10-17", "Statement": [allow]}, kind)
    if parsed is None:
        raise ValueError("a document that allows everything can be read")
    taken = source_policy(parsed, f"what lets {word}", kind)
    return taken._replace(reason="it is in no file, and taken to allow everything")
