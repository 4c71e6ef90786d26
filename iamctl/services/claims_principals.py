"""Whom the words of access tests mean: principals to ask, and principals that are excepted."""

from collections.abc import Callable, Iterable

from iamctl.domain.arns import parse_arn, root_arn
from iamctl.domain.entities import Role, User
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import has_wildcard
from iamctl.policy.match import compile_glob
from iamctl.policy.request import federated_caller
from iamctl.services.access import Access
from iamctl.services.everybody import Asked, Kind
from iamctl.services.principals import SERVICE_SUFFIX, full_service_name
from iamctl.services.subjects import Subject, role_subject, user_subject

_PROVIDERS = ("oidc-provider/", "saml-provider/")


def everybody_meant(access: Access, words: Iterable[str]) -> list[Asked]:
    """The principals that words mean, each once. Raises NotFound, InvalidValue."""
    found: dict[tuple[Kind, str], Asked] = {}
    for word in words:
        for asked in _meant(access, word):
            found.setdefault((asked.kind, asked.name), asked)
    return list(found.values())


def _meant(access: Access, word: str) -> list[Asked]:
    own, directory = access.own, access.directory
    kind, slash, name = word.partition("/")
    if slash and kind == "user" and has_wildcard(name):
        names = _matching(name, directory.users, word)
        return [Asked("user", n, user_subject(own, directory.user(n))) for n in names]
    if slash and kind == "role" and has_wildcard(name):
        names = _matching(name, directory.roles, word)
        return [Asked("role", n, role_subject(own, directory.role(n))) for n in names]
    if slash and kind == "group":
        members = _members(access, name, word)
        return [Asked("user", n, user_subject(own, directory.user(n))) for n in members]
    return [_one(access, word)]


def _matching(pattern: str, names: Iterable[str], word: str) -> list[str]:
    matches = compile_glob(pattern)
    found = [name for name in names if matches(name)]
    if not found:
        raise NotFound(f"{shown(word)} matches nobody")
    return found


def _members(access: Access, pattern: str, word: str) -> list[str]:
    """The users that are in the groups at the time that is asked about."""
    directory = access.directory
    if has_wildcard(pattern):
        groups = [directory.group(name) for name in _matching(pattern, directory.groups, word)]
    else:
        groups = [directory.group(pattern)]
    members = [m.user for g in groups for m in g.members if m.is_current(access.now)]
    if not members:
        raise NotFound(f"{shown(word)} has no members at that time")
    return list(dict.fromkeys(members))


def _one(access: Access, word: str) -> Asked:
    if has_wildcard(word):
        raise InvalidValue(
            f"{shown(word)} is a pattern of ARNs, which only lists of exceptions may hold",
            hint="name the principals, or write user/* and role/*",
        )
    if _is_provider(word):
        return Asked("outside", word, Subject(federated_caller(word)))
    subject = access.subject(word)
    principal = subject.principal
    entity = access.directory.by_arn(principal.arn) if principal.arn else None
    if isinstance(entity, User):
        return Asked("user", entity.name, subject)
    if isinstance(entity, Role):
        return Asked("role", entity.name, subject)
    if principal.services:
        return Asked("outside", principal.services[0], subject)
    return Asked("outside", principal.arn or "anybody", subject)


def _is_provider(word: str) -> bool:
    arn = parse_arn(word)
    return arn is not None and arn.service == "iam" and arn.resource.startswith(_PROVIDERS)


def title(kind: Kind, name: str) -> str:
    """How messages and files call a principal."""
    if kind != "outside":
        return f"{kind}/{name}"
    if name.endswith(SERVICE_SUFFIX) and "/" not in name:
        return f"service/{name.removesuffix(SERVICE_SUFFIX)}"
    return "anonymous" if name == "anybody" else name


class Exceptions(NamedTuple):
    """Principals that a claim lets be: those of the directory by kind and name, and outsiders by
    what tells whether a name is meant."""

    own: frozenset[tuple[Kind, str]]
    outside: tuple[Callable[[str], bool], ...]

    def cover(self, kind: Kind, name: str) -> bool:
        """Whether a principal is among them."""
        if (kind, name) in self.own:
            return True
        return kind == "outside" and any(matches(name) for matches in self.outside)


def exceptions_of(access: Access, words: Iterable[str]) -> Exceptions:
    """The principals that words except. Raises NotFound, InvalidValue."""
    own: set[tuple[Kind, str]] = set()
    outside: list[Callable[[str], bool]] = []
    for word in words:
        matches = _outsider(access, word)
        if matches is not None:
            outside.append(matches)
        elif word != "root":  # the root user is never asked
            own.update((asked.kind, asked.name) for asked in _meant(access, word))
    return Exceptions(frozenset(own), tuple(outside))


def _outsider(access: Access, word: str) -> Callable[[str], bool] | None:
    """Tells the names of outsiders that a word means; None for a word about the directory."""
    if word == "anonymous":
        return "anybody".__eq__
    if word.startswith("service/"):
        name = word.removeprefix("service/")
        return full_service_name(name).__eq__
    if len(word) == 12 and word.isdigit() and word not in access.directory.users:
        return _of_account(word)
    arn = parse_arn(word)
    if arn is not None and (arn.account != access.directory.account.id or _is_provider(word)):
        if word == root_arn(arn.account):
            return _of_account(arn.account)
        return compile_glob(word)
    if arn is None and "/" not in word and "." in word and word not in access.directory.users:
        if near := did_you_mean(word, access.directory.users):
            raise NotFound(f"user {shown(word)} does not exist", hint=near)
        return word.__eq__  # an identity provider without ARN, such as accounts.google.com
    return None


def _of_account(account: str) -> Callable[[str], bool]:
    def is_of(name: str) -> bool:
        arn = parse_arn(name)
        return arn is not None and arn.account == account and not _is_provider(name)

    return is_of
