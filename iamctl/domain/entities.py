"""The entities of a directory, read from the plain values of its file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from iamctl.domain.arns import iam_arn
from iamctl.domain.documents import DocumentKind, PolicyDocument, parse_document
from iamctl.domain.errors import InvalidDirectory, InvalidValue
from iamctl.domain.names import shown
from iamctl.domain.record import Record, made
from iamctl.domain.source import Address, Locate, Plain, Problem, Source
from iamctl.domain.times import parse_duration, parse_instant

if TYPE_CHECKING:
    from typing import TypedDict

    class _Common(TypedDict):
        id: str | None
        path: str
        created: int | None
        source: Source | None


T = TypeVar("T")

DEFAULT_SESSION_DURATION = 3600


class AccessKey(Record):
    """A long-term access key; `fingerprint` proves a generated secret, imported ones have none."""

    id: str
    created: int | None = None
    active: bool = True
    fingerprint: str | None = None


class Member(Record):
    """A user's membership of a group; `until` is the instant it ends, None for no end."""

    user: str
    until: int | None = None

    def is_current(self, now: int) -> bool:
        """Whether the membership counts at that instant."""
        return self.until is None or now < self.until


class User(Record):
    """An IAM user. `policies` and `boundary` are names of this file or ARNs."""

    section: ClassVar[str] = "users"
    name: str
    id: str | None = None
    path: str = "/"
    created: int | None = None
    tags: Mapping[str, str] = made(factory=dict)
    policies: tuple[str, ...] = ()
    inline: Mapping[str, PolicyDocument] = made(factory=dict)
    boundary: str | None = None
    keys: Mapping[str, AccessKey] = made(factory=dict)
    source: Source | None = None


class Group(Record):
    """An IAM group: members and the policies they get."""

    section: ClassVar[str] = "groups"
    name: str
    id: str | None = None
    path: str = "/"
    created: int | None = None
    members: tuple[Member, ...] = ()
    policies: tuple[str, ...] = ()
    inline: Mapping[str, PolicyDocument] = made(factory=dict)
    source: Source | None = None


class Role(Record):
    """An IAM role. `max_session_duration` is in seconds."""

    section: ClassVar[str] = "roles"
    name: str
    trust: PolicyDocument
    id: str | None = None
    path: str = "/"
    created: int | None = None
    description: str | None = None
    max_session_duration: int = DEFAULT_SESSION_DURATION
    tags: Mapping[str, str] = made(factory=dict)
    policies: tuple[str, ...] = ()
    inline: Mapping[str, PolicyDocument] = made(factory=dict)
    boundary: str | None = None
    source: Source | None = None

    @property
    def service_linked(self) -> bool:
        """Whether the role is linked to an AWS service, which alone may change it."""
        return self.path.startswith("/aws-service-role/")


class Policy(Record):
    """A customer managed policy; `document` is its default version."""

    section: ClassVar[str] = "policies"
    name: str
    document: PolicyDocument
    id: str | None = None
    path: str = "/"
    created: int | None = None
    description: str | None = None
    tags: Mapping[str, str] = made(factory=dict)
    source: Source | None = None


Entity = User | Group | Role | Policy


def require_modifiable(entity: Entity) -> None:
    """Raise InvalidValue (UnmodifiableEntity) for a role linked to a service: policies, trust and
    boundary are the service's to change. Source: botocore's IAM model."""
    if isinstance(entity, Role) and entity.service_linked:
        raise InvalidValue(
            f"role {shown(entity.name)} is linked to a service and cannot be changed",
            code="UnmodifiableEntity",
            hint="AWS lets nobody but that service change its policies and trust",
        )


_ARN_KIND = {"users": "user", "groups": "group", "roles": "role", "policies": "policy"}


def arn_of(entity: Entity, account: str) -> str:
    """The entity's ARN in that account."""
    return iam_arn(account, _ARN_KIND[entity.section], entity.path, entity.name)


class EntityReader:
    """Reads entities out of plain values that the file's shape admits.

    `problems` collects what is wrong with documents, times and durations, each with its full
    address and place. An entity that has an error cannot be built: reading it raises
    InvalidDirectory.
    """

    def __init__(self, locate: Locate) -> None:
        self.locate = locate
        self.problems: list[Problem] = []

    def read(
        self,
        make: Callable[[EntityReader, Address, str, dict[str, Plain]], T],
        section: str,
        name: str,
        plain: Plain,
    ) -> T:
        """What `make` makes of an entity's plain value, of `resources` a policy's; raises
        InvalidDirectory with all its errors."""
        before = len(self.problems)
        entity = make(self, (section, name), name, cast(dict[str, Plain], plain or {}))
        self.require_sound(before)
        return entity

    def require_sound(self, before: int) -> None:
        """Raise InvalidDirectory when errors were found since there were so many problems."""
        errors = tuple(p for p in self.problems[before:] if p.severity == "error")
        if errors:
            raise InvalidDirectory.of(errors)

    def _user(self, at: Address, name: str, plain: dict[str, Plain]) -> Entity:
        return User(
            name=name,
            policies=as_texts(plain.get("policies")),
            inline=self.documents((*at, "inline"), plain.get("inline")),
            boundary=as_text(plain.get("boundary")),
            tags=tags_of(plain),
            keys={
                key: self._access_key((*at, "keys", key), key, value)
                for key, value in as_map(plain.get("keys")).items()
            },
            **self._common(at, plain),
        )

    def _group(self, at: Address, name: str, plain: dict[str, Plain]) -> Entity:
        members = plain.get("members")
        return Group(
            name=name,
            members=tuple(
                self._member((*at, "members"), m)
                for m in (members if isinstance(members, list) else ())
            ),
            policies=as_texts(plain.get("policies")),
            inline=self.documents((*at, "inline"), plain.get("inline")),
            **self._common(at, plain),
        )

    def _role(self, at: Address, name: str, plain: dict[str, Plain]) -> Entity:
        return Role(
            name=name,
            trust=self._document((*at, "trust"), plain.get("trust"), "trust"),
            description=as_text(plain.get("description")),
            max_session_duration=self._duration(at, plain.get("max_session_duration")),
            policies=as_texts(plain.get("policies")),
            inline=self.documents((*at, "inline"), plain.get("inline")),
            boundary=as_text(plain.get("boundary")),
            tags=tags_of(plain),
            **self._common(at, plain),
        )

    def _policy(self, at: Address, name: str, plain: dict[str, Plain]) -> Entity:
        return Policy(
            name=name,
            document=self._document((*at, "document"), plain.get("document"), "identity"),
            description=as_text(plain.get("description")),
            tags=tags_of(plain),
            **self._common(at, plain),
        )

    def _resource(self, at: Address, _name: str, plain: dict[str, Plain]) -> PolicyDocument:
        return self._document(at, plain, "resource")

    def _common(self, at: Address, plain: dict[str, Plain]) -> _Common:
        return {
            "id": as_text(plain.get("id")),
            "path": as_text(plain.get("path")) or "/",
            "created": self.instant((*at, "created"), plain.get("created")),
            "source": self.locate(at),
        }

    def _access_key(self, at: Address, key: str, value: Plain) -> AccessKey:
        plain = as_map(value)
        return AccessKey(
            id=key,
            created=self.instant((*at, "created"), plain.get("created")),
            active=plain.get("status") != "inactive",
            fingerprint=as_text(plain.get("fingerprint")),
        )

    def _member(self, at: Address, value: Plain) -> Member:
        if not isinstance(value, dict):
            return Member(str(value))
        name = str(value.get("user"))
        return Member(name, self.instant((*at, name, "until"), value.get("until")))

    def instant(self, at: Address, value: Plain) -> int | None:
        """The epoch seconds of an instant; one that is none is added to `problems`."""
        if value is None:
            return None
        try:
            return parse_instant(str(value))
        except InvalidValue as error:
            self._add("invalid-time", error, at)
            return None

    def _duration(self, at: Address, value: Plain) -> int:
        if value is None:
            return DEFAULT_SESSION_DURATION
        try:
            seconds = parse_duration(str(value))
            if not 3600 <= seconds <= 43200:
                raise InvalidValue("max_session_duration must be from 1h to 12h")
            return seconds
        except InvalidValue as error:
            self._add("invalid-duration", error, (*at, "max_session_duration"))
            return DEFAULT_SESSION_DURATION

    def documents(
        self, at: Address, value: Plain, kind: DocumentKind = "identity"
    ) -> dict[str, PolicyDocument]:
        """Policy documents by name; what is wrong with them is added to `problems`."""
        return {
            name: self._document((*at, name), document, kind)
            for name, document in as_map(value).items()
        }

    def _document(self, at: Address, data: Plain, kind: DocumentKind) -> PolicyDocument:
        document, problems = parse_document(data, kind, lambda rest: self.locate((*at, *rest)))
        self.problems += (p._replace(at=(*at, *p.at)) for p in problems)
        # Never seen by a decision: read() raises when a document could not be parsed.
        return document or PolicyDocument(statements=())

    def _add(self, code: str, error: InvalidValue, at: Address) -> None:
        self.problems.append(Problem("error", code, error.message, at, self.locate(at), error.hint))


_Read = Callable[[EntityReader, Address, str, dict[str, Plain]], Entity | PolicyDocument]

READERS: Mapping[str, _Read] = {
    "users": EntityReader._user,
    "groups": EntityReader._group,
    "roles": EntityReader._role,
    "policies": EntityReader._policy,
    "resources": EntityReader._resource,
}


def as_map(value: Plain) -> dict[str, Plain]:
    """A mapping, empty where the file has none."""
    return value if isinstance(value, dict) else {}


def as_text(value: Plain) -> str | None:
    """A text, None where the file has none."""
    return None if value is None else str(value)


def as_texts(value: Plain) -> tuple[str, ...]:
    """The texts of a list, none where the file has none."""
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def tags_of(plain: dict[str, Plain]) -> dict[str, str]:
    """An entity's tags."""
    return {key: str(value) for key, value in as_map(plain.get("tags")).items()}
