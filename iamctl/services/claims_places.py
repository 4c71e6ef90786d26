"""What the words of access tests ask for: actions, and the resources that each can be asked for.

Which resources an action takes: AWS's Service Authorization Reference.
"""

from functools import cached_property

from iamctl.domain.arns import PARTITION, parse_arn
from iamctl.domain.documents_variables import Literal
from iamctl.domain.errors import InvalidValue
from iamctl.domain.names import shown
from iamctl.policy.compile import has_wildcard
from iamctl.policy.reach_automaton import may_meet
from iamctl.policy.reach_patterns import RESOURCES, Patterns, arn_pattern, within_account
from iamctl.services.access import Access

_BUCKET, _OBJECT = "arn:*:s3:::*", "arn:*:s3:::*/*"
"""AWS's patterns of a bucket, whose name holds no slash, and of what is in one."""


class Places:
    """The resources that a directory and AWS's list of actions know of, as sets."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._regions: dict[tuple[str, str], tuple[Patterns, ...]] = {}

    def is_exact(self, action: str, resource: str) -> bool:
        """Whether there is only one resource that can be asked for."""
        facts = self._access.catalogue.action(action)
        takes_none = facts is not None and not facts.takes_resource
        return takes_none or not has_wildcard(resource)

    def concerns(self, action: str, pattern: str) -> bool:
        """Whether the action can be asked for any resource that the pattern matches."""
        facts = self._access.catalogue.action(action)
        if facts is not None and not facts.takes_resource:
            return pattern == "*"
        if not has_wildcard(pattern):
            pattern = self._access.target(action, pattern).resource
        return may_meet(self.region(action, pattern))

    def unknown_owner(self, pattern: str) -> str | None:
        """Why nobody knows about the resources of a pattern that names an account."""
        arn = parse_arn(pattern)
        if arn is None or not arn.account.isdigit():
            return None
        if self._access.collector(arn.account) is not None:
            return None
        return f"no file says what account {arn.account} holds"

    @cached_property
    def with_policy(self) -> Patterns:
        """The resources here that have a policy: an outsider can do nothing with others."""
        directory = self._access.directory
        arns = [*directory.resources, *map(directory.arn, directory.roles.values())]
        of_parts = (arn_pattern([Literal(arn), "/*"]) for arn in directory.resources)
        return Patterns((*(arn_pattern([Literal(arn)]) for arn in arns), *of_parts))

    @cached_property
    def sessions(self) -> dict[str, list[str]]:
        """The sessions of each role here that policies of resources and roles name."""
        access = self._access
        start = f"arn:{PARTITION}:sts::{access.directory.account.id}:assumed-role/"
        found: dict[str, dict[str, None]] = {}
        for collector in filter(None, map(access.collector, access.known_accounts())):
            held = collector.directory
            documents = [
                *held.resources.values(),
                *(role.trust for role in held.roles.values()),
            ]
            for statement in (s for document in documents for s in document.statements):
                for arn in (statement.principals or {}).get("AWS", ()):
                    role = arn.removeprefix(start).partition("/")[0]
                    if arn.startswith(start) and role in access.directory.roles:
                        found.setdefault(role, {})[arn] = None
        return {role: list(arns) for role, arns in found.items()}

    def region(self, action: str, pattern: str) -> tuple[Patterns, ...]:
        """The resources that the action can be asked for and the pattern matches."""
        key = (action, pattern)
        if key not in self._regions:
            facts = self._access.catalogue.action(action)
            arn = parse_arn(pattern)
            region = [RESOURCES, Patterns((arn_pattern([pattern]),))]
            if facts is not None and facts.resource_arns:
                start = f"arn:{PARTITION if arn is None else arn.partition}:"
                texts = (text.replace("arn:*:", start, 1) for text in facts.resource_arns)
                region.append(Patterns(tuple(arn_pattern([text]) for text in texts)))
                if _BUCKET in facts.resource_arns and _OBJECT not in facts.resource_arns:
                    region.append(~Patterns((arn_pattern([_OBJECT]),)))
            if arn is None or not arn.account.isdigit():
                known = map(within_account, self._access.known_accounts())
                region.append(Patterns(tuple(p for places in known for p in places.patterns)))
            self._regions[key] = tuple(region)
        return self._regions[key]


def actions_of(access: Access, words: tuple[str, ...]) -> list[str]:
    """The actions that words mean, as AWS spells them. Raises InvalidValue when it is none."""
    found: dict[str, None] = {}
    for word in words:
        names = access.catalogue.expand(word)
        if not names:
            hint = access.catalogue.near_action(word) if not has_wildcard(word) else None
            what = "matches no action" if has_wildcard(word) else "is no action"
            raise InvalidValue(f"{shown(word)} {what} of AWS's", hint=hint)
        found |= dict.fromkeys(names)
    return list(found)
