"""Who is who in two or more states of a directory, and of whom it is plain that nothing differs."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from iamctl.domain.arns import iam_arn, root_arn
from iamctl.domain.directory import Directory
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.request import Caller, caller_of_arn, root_caller, user_caller
from iamctl.services.access import Access
from iamctl.services.access_diff_touched import Touched

_NOUNS = {"users": "user", "roles": "role"}
_Section = Mapping[str, Plain]


class Pair(NamedTuple):
    """A principal, by the words for it in each state, None where it is not there.

    The words are those of `iamctl can`: user/NAME, role/NAME, root.
    """

    before: tuple[str | None, ...]
    after: str | None

    @property
    def word(self) -> str:
        """What it is called now, else what it was called."""
        return self.after or next((word for word in self.before if word is not None), "")


class Pairs:
    """The users, roles and root users of states of one directory."""

    def __init__(
        self,
        before: Sequence[Access],
        after: Access,
        touched: Sequence[Touched],
        everybody: bool = False,
    ) -> None:
        self._everybody = everybody
        self._after = after
        self._before = before
        self._touched = touched
        self._states = [_State(access.directory, access.now) for access in (*before, after)]
        self._same = [_Same(state, self._states[-1]) for state in self._states[:-1]]
        last = after.directory
        self.itself = True
        """Whether more may differ for the last of `all` than what resources say of it."""
        self.count = len(last.users) + len(last.roles) + 1

    def all(self) -> Iterator[tuple[Pair, bool]]:
        """Everybody, each with whether something may differ for it; root comes last."""
        for section in _NOUNS:
            yield from self._of(section)
        words = [
            root_arn(state.account) if "root" in state.plain("users") else "root"
            for state in self._states
        ]
        callers = [root_caller(state.account) for state in self._states]
        self.itself = True
        yield (
            Pair(tuple(words[:-1]), words[-1]),
            self._everybody
            or all(
                touched.everybody or any(map(touched.names, callers)) for touched in self._touched
            ),
        )

    def ends_that_differ(self) -> set[int]:
        """When memberships end that are not the same in all states."""
        found: set[int] = set()
        *before, after = self._states
        for state in before:
            for name in {*state.plain("groups"), *after.plain("groups")}:
                if state.fields("groups", name).get("members") != after.fields("groups", name).get(
                    "members"
                ):
                    found |= {end for _, end in state.ends(name) ^ after.ends(name)}
        return found

    def _of(self, section: str) -> Iterator[tuple[Pair, bool]]:
        *before, after = self._states
        matched: list[set[str]] = [set() for _ in before]
        for name, plain in after.plain(section).items():
            names = [state.same(section, name, plain, after) for state in before]
            for seen, old in zip(matched, names, strict=True):
                seen |= {old} if old is not None else set()
            yield _pair(section, names, name), self._may_differ(section, names, name)
        for at, state in enumerate(before):
            self.itself = True
            for name, plain in state.plain(section).items():
                if name in matched[at]:
                    continue
                names = [other.same(section, name, plain, state) for other in before]
                for seen, old in zip(matched, names, strict=True):
                    seen |= {old} if old is not None else set()
                yield _pair(section, names, None), True

    def _may_differ(self, section: str, names: Sequence[str | None], name: str) -> bool:
        """Whether the principal may differ from what it was in each of the states before."""
        self.itself = self._everybody
        if self._everybody:
            return True
        *before, after = self._states
        for state, old, same, touched in zip(before, names, self._same, self._touched, strict=True):
            if old is None or touched.everybody or not same.is_same(section, old, name):
                self.itself = True
                continue
            callers = [state.caller(section, old), after.caller(section, name)]
            if callers[0] == callers[1]:
                callers.pop()
            if not any(c is not None and touched.names(c) for c in callers):
                return False
        return True


def _pair(section: str, names: Sequence[str | None], name: str | None) -> Pair:
    noun = _NOUNS[section]
    return Pair(
        tuple(None if old is None else f"{noun}/{old}" for old in names),
        None if name is None else f"{noun}/{name}",
    )


class _State:
    """A directory at one time, as plain values."""

    def __init__(self, directory: Directory, now: int) -> None:
        self.directory = directory
        self.account = directory.account.id
        self.now = now
        self._by_id: dict[str, dict[str, str]] = {}

    def plain(self, section: str) -> _Section:
        """The plain values of a section by name."""
        plain = self.directory.plain.get(section)
        return plain if isinstance(plain, Mapping) else {}

    def fields(self, section: str, name: str) -> Mapping[str, Plain]:
        """The plain value of an entity."""
        return self.directory.fields_of(section, name)

    def same(self, section: str, name: str, plain: Plain, other: "_State") -> str | None:
        """The name here of a principal that has that name and plain value in another state."""
        unique, here = _id(plain), self.plain(section)
        if unique in self._names(section):
            return self._names(section)[unique]
        if name not in here:
            return None
        # Without an id it is the one of its name, unless that one is there as well.
        mine = _id(here[name])
        return None if mine and (unique or mine in other._names(section)) else name

    def _names(self, section: str) -> Mapping[str, str]:
        """The names of principals by unique id."""
        if section not in self._by_id:
            found = ((_id(value), key) for key, value in self.plain(section).items())
            self._by_id[section] = {unique: key for unique, key in found if unique}
        return self._by_id[section]

    def caller(self, section: str, name: str) -> Caller | None:
        """A principal as requests of its own have it."""
        fields = self.fields(section, name)
        path, unique = str(fields.get("path") or "/"), str(fields.get("id") or "")
        if section == "users":
            return user_caller(self.account, name, path, unique)
        return caller_of_arn(iam_arn(self.account, "role", path, name), unique)

    def groups(self, user: str) -> frozenset[str]:
        """The groups that a user is in now."""
        names = [name for _, name in self.directory.holders("member", user)]
        if self._ending.isdisjoint(names):
            return frozenset(names)
        found = self.directory.groups_of(user)
        return frozenset(group.name for group, member in found if member.is_current(self.now))

    def ends(self, group: str) -> frozenset[tuple[str, int]]:
        """The memberships of a group that end, and when."""
        if group not in self.plain("groups"):
            return frozenset()
        members = self.directory.groups[group].members
        return frozenset((m.user, m.until) for m in members if m.until is not None)

    @cached_property
    def _ending(self) -> frozenset[str]:
        """The groups with memberships that say more than who is a member."""
        return frozenset(
            name
            for name in self.plain("groups")
            if not all(isinstance(m, str) for m in _listed(self.fields("groups", name), "members"))
        )


def _id(plain: Plain) -> str:
    return str(plain.get("id") or "") if isinstance(plain, dict) else ""


class _Same:
    """Whether the same stands on two sides, in one entity and all that it hangs on."""

    def __init__(self, old: _State, new: _State) -> None:
        self._old, self._new = old, new
        self._policies = self._changed("policies", "members")
        self._arns = {
            iam_arn(state.account, "policy", str(state.fields("policies", name).get("path") or "/"),
                    name)
            for state in (old, new)
            for name in self._policies
        }  # fmt: skip
        self._groups = self._changed("groups", "members") | {
            name
            for name in new.plain("groups")
            if self._hangs_on_changed(new.fields("groups", name))
        }

    def _changed(self, section: str, but: str) -> set[str]:
        names = {*self._old.plain(section), *self._new.plain(section)}
        return {
            name
            for name in names
            if _but(self._old.fields(section, name), but)
            != _but(self._new.fields(section, name), but)
        }

    def _hangs_on_changed(self, fields: Mapping[str, Plain]) -> bool:
        references = [*_listed(fields, "policies"), fields.get("boundary")]
        return any(str(r) in self._policies or str(r) in self._arns for r in references if r)

    def is_same(self, section: str, old: str, new: str) -> bool:
        """Whether a user or role has nothing that differs, what resources say of it left out."""
        was, now = self._old.fields(section, old), self._new.fields(section, new)
        if old != new or was != now or self._hangs_on_changed(now):
            return False
        if section != "users":
            return True
        groups = self._old.groups(old)
        return groups == self._new.groups(new) and groups.isdisjoint(self._groups)


def _listed(fields: Mapping[str, Plain], field: str) -> list[Plain]:
    value = fields.get(field)
    return value if isinstance(value, list) else []


def _but(fields: Mapping[str, Plain], left_out: str) -> dict[str, Plain]:
    return {key: value for key, value in fields.items() if key != left_out}
