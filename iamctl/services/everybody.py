"""Whom a question about everybody is put to: every user and role of a directory, or those of
them that could be let at all."""

from collections.abc import Iterator
from typing import Literal

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.arns import Resource, resource_of
from iamctl.policy.calls import needs_no_permission
from iamctl.policy.layers import Layers, Policies
from iamctl.services.access import Access, Target
from iamctl.services.subjects import Subject, role_subject, user_subject

Kind = Literal["user", "role", "outside"]


class Asked(NamedTuple):
    """Somebody to ask; kind and name as those of a Holder."""

    kind: Kind
    name: str
    subject: Subject


class Everybody:
    """The users and roles of a directory, each made once."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._asked: list[Asked] = []
        self._granted: dict[str, list[tuple[Subject, list[int]]]] = {}
        self._places: dict[str, int] = {}

    def all(self) -> list[Asked]:
        """Every user and role of the directory, in the order of the file."""
        if not self._asked:
            own = self._access.own
            self._asked = [
                *(
                    Asked("user", u.name, user_subject(own, u))
                    for u in own.directory.users.values()
                ),
                *(
                    Asked("role", r.name, role_subject(own, r))
                    for r in own.directory.roles.values()
                ),
            ]
        return self._asked

    def worth_asking(self, target: Target) -> list[Asked]:
        """Those of everybody whom their own policies, or the target's by name, might let.

        There may be a target for each role, and the trust policies of most name few, or the
        account, which grants nothing by itself.
        """
        everybody = self.all()
        if any(policy.document is None for policy in target.policy or ()):
            return everybody
        named = {name for _, name in named_in(target)}
        if "*" in named:
            return everybody
        if not self._places:
            for place, (_, _, subject) in enumerate(everybody):
                principal = subject.principal
                self._places |= {principal.arn: place, principal.unique_id or "": place}
        places = {self._places[name] for name in named if name and name in self._places}
        action, resource = target.action.lower(), resource_of(target.resource)
        for subject, alike in self._alike(action):
            if needs_no_permission(subject.principal, action) or _might_grant(
                subject.layers.identity, action, resource
            ):
                places.update(alike)
        return [everybody[place] for place in sorted(places)]

    def _alike(self, action: str) -> list[tuple[Subject, list[int]]]:
        """The places of all whose own policies might grant the action, by what these are, with
        one of them."""
        if action not in self._granted:
            found: dict[tuple[object, ...], tuple[Subject, list[int]]] = {}
            for place, (kind, _, subject) in enumerate(self.all()):
                if needs_no_permission(subject.principal, action) or grants_anything(
                    subject, subject.layers, action
                ):
                    key = (kind, *map(id, subject.layers.identity))
                    found.setdefault(key, (subject, []))[1].append(place)
            self._granted[action] = list(found.values())
        return self._granted[action]


def named_in(target: Target) -> Iterator[tuple[str, str]]:
    """The principals that the Allow statements of the target's policy name, and the sessions
    that its Denies leave out."""
    for policy in target.policy or ():
        for statement in policy.document.statements if policy.document else ():
            if not statement.allows:
                left_out = (statement.statement.not_principals or {}).get("AWS", ())
                yield from (("AWS", name) for name in left_out if ":assumed-role/" in name)
            else:
                if statement.statement.not_principals is not None:
                    yield "AWS", "*"  # everybody but those that it names
                for kind, names in (statement.statement.principals or {}).items():
                    yield from ((kind, name) for name in names)


def _might_grant(policies: Policies, action: str, resource: Resource) -> bool:
    """Whether an Allow is about the resource; what a variable stands for hangs on who asks."""
    for policy in policies:
        if policy.document is None:
            return True
        for compiled in policy.document.allows(action):
            statement = compiled.statement
            patterns = (*(statement.resources or ()), *(statement.not_resources or ()))
            if compiled.variables and any("${" in pattern for pattern in patterns):
                return True
            if compiled.matches_resource(resource, {}):
                return True
    return False


def grants_anything(subject: Subject, layers: Layers, action: str) -> bool:
    """Whether any Allow could be about the action; most principals are done with here."""
    for policy in (*layers.identity, *(layers.resource or ())):
        document = policy.document
        if document is None or any(True for _ in document.allows(action)):
            return True
    return subject.principal.type == "Account"
