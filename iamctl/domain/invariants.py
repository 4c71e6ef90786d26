"""What must hold in a directory beyond the shape of its file.

Written an entity at a time against lookups, so that an edit checks what it touched and what
refers to that. Everything here looks at plain values: an entity whose documents cannot be read
hides no other problem.
"""

from collections.abc import Iterator
from contextlib import suppress

from iamctl.domain.arns import iam_arn, is_aws_managed, parse_arn
from iamctl.domain.change import KINDS, NOUNS, item_name
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidDirectory
from iamctl.domain.ids import PREFIXES
from iamctl.domain.lookups import items, namesakes, owners_of, texts
from iamctl.domain.mentions import mentions
from iamctl.domain.names import PATH, POLICY_PATH, did_you_mean, shown, tag_problem
from iamctl.domain.quotas import QUOTAS, Excess
from iamctl.domain.references import (
    Reference,
    aws_principals,
    federated_principals,
    policy_reference,
    principal_reference,
    provider_arn,
    resource_arn_fault,
)
from iamctl.domain.sizes import document_size
from iamctl.domain.source import Address, Fault, Plain, Problem

_MAX_SUGGESTIONS = 20
"""Near names are looked for this often: each search reads all names of a section."""


def section_faults(directory: Directory, section: str, name: str) -> Iterator[Fault]:
    """What is wrong with a device, provider or pool beyond its references."""
    # Imported here, since most directories have no such sections.
    if section == "mfa":
        from iamctl.domain.devices_rules import device_faults

        return device_faults(directory, name)
    if section == "identity_providers":
        from iamctl.domain.providers_rules import provider_faults

        return provider_faults(directory, name)
    from iamctl.domain.pools_rules import pool_faults

    return pool_faults(directory, name)


def check_all(directory: Directory) -> tuple[Problem, ...]:
    """Everything that is wrong with a directory whose shape is right, by place."""
    return Invariants(directory).all()


class Invariants:
    """The rules over one directory; lookups over all of it are made once, when first needed.

    Without `quotas` nothing is counted against one: what is above it is a warning.
    """

    def __init__(self, directory: Directory, quotas: bool = True) -> None:
        self._directory = directory
        self._quotas = quotas
        self._account = directory.account
        self._suggestions = 0
        self._whole = False

    def all(self) -> tuple[Problem, ...]:
        """The problems of the account and of every entity."""
        self._whole = True
        found = list(self.account())
        for section in NOUNS:
            for name in self._directory.section(section):
                self._read(section, name)
                found += self._entity(section, name)
        for arn in self._directory.resources:
            self._read("resources", arn)
            found += self._entity("resources", arn)
        if self._directory.plain.get("organization") is not None:
            found += self.organization()
        found += self._directory.problems
        return in_order(found)

    def entity(self, section: str, name: str) -> Iterator[Problem]:
        """The problems of one entity or resource policy, documents included."""
        self._read(section, name)
        yield from self._entity(section, name)
        seen = set()
        for problem in self._directory.problems:
            if problem.at[:2] == (section, name) and problem not in seen:
                seen.add(problem)
                yield problem

    def account(self) -> Iterator[Problem]:
        """The problems of the account: its alias, its quotas, and counts above them."""
        alias = self._account.alias
        if alias is not None and alias.isdigit() and len(alias) == 12:
            yield self._error("invalid-value", "an account alias must not be twelve digits",
                              ("account", "alias"))  # fmt: skip
        for name, value in self._account.quotas.items():
            quota = QUOTAS[name]
            if value > quota.maximum:
                yield self._warning(
                    "quota",
                    f"quota {name} is {value}; AWS raises {quota.title} to {quota.maximum} at most",
                    ("account", "quotas", name),
                )
        for section in PREFIXES:
            yield from self._quota(section, len(self._directory.section(section)), (section,))
        yield from self._quota("mfa_devices", len(self._directory.mfa), ("mfa",))
        if self._directory.identity_providers:
            oidc = sum("url" in plain for _, plain in items(self._directory, "identity_providers"))
            saml = len(self._directory.identity_providers) - oidc
            yield from self._quota("oidc_providers", oidc, ("identity_providers",))
            yield from self._quota("saml_providers", saml, ("identity_providers",))
        if self._account.id in self._directory.accounts:
            yield self._error("own-account", "accounts lists this account itself",
                              ("accounts", self._account.id),
                              "list other accounts only: this file is this account's")  # fmt: skip

    def organization(self) -> Iterator[Problem]:
        """The problems of the organization that documents do not have on their own."""
        # Imported here, since most directories have no such section.
        from iamctl.domain.organization_rules import organization_faults

        with suppress(InvalidDirectory):  # its problems are collected with all others
            _ = self._directory.organization
        for severity, code, message, at, hint in organization_faults(self._directory):
            make = self._error if severity == "error" else self._warning
            yield make(code, message, at, hint)

    def _read(self, section: str, name: str) -> None:
        """Read the entity, so that the directory collects what is wrong inside it."""
        with suppress(InvalidDirectory):  # its problems are collected with all others
            self._directory.section(section)[name]

    def _entity(self, section: str, name: str) -> Iterator[Problem]:
        plain = self._directory.fields_of(section, name)
        at = (section, name)
        if section == "resources":
            yield from self._resource(at, plain)
            return
        yield from self._namesakes(section, name)
        yield from self._tags(at, plain)
        if section not in PREFIXES:
            yield from self._later(at, plain)
            return
        yield from self._identity(section, name, plain)
        yield from self._policies(at, plain)
        yield from self._inline(at, plain)
        if section == "users":
            yield from self._keys(at, plain)
            if self._quotas:
                holders = self._directory.holders
                yield from self._quota("groups_per_user", len(holders("member", name)), at)
                yield from self._quota("mfa_devices_per_user", len(holders("device", name)), at)
        elif section == "groups":
            yield from self._members(at, plain)
        elif section == "roles":
            yield from self._size("trust_size", plain.get("trust"), (*at, "trust"))
            yield from self._principals((*at, "trust"), plain.get("trust"))
        else:
            yield from self._size("policy_size", plain.get("document"), (*at, "document"))

    def _namesakes(self, section: str, name: str) -> Iterator[Problem]:
        at, noun = (section, name), NOUNS[section]
        alike = namesakes(self._directory, section, name)
        first = alike[0]
        if len(alike) > 1 and not (self._whole and first == name):
            other = first if first != name else alike[1]
            yield self._error("duplicate-name",
                              f"{noun}s {shown(other)} and {shown(name)} differ in case alone", at,
                              "AWS compares names ignoring case: rename one")  # fmt: skip

    def _identity(self, section: str, name: str, plain: dict[str, Plain]) -> Iterator[Problem]:
        at, noun = (section, name), NOUNS[section]
        missing = [field for field in ("id", "created") if plain.get(field) is None]
        if missing:
            yield self._warning("no-id", f"{noun} {shown(name)} has no {' and no '.join(missing)}",
                                at, "`iamctl validate --fix` adds what is missing")  # fmt: skip
        unique_id = plain.get("id")
        if isinstance(unique_id, str):
            yield from self._unique(unique_id, (*at, "id"))
            if not unique_id.startswith(PREFIXES[section]):
                yield self._warning(
                    "id-prefix",
                    f"ids of {noun}s start with {PREFIXES[section]}, {shown(unique_id)} does not",
                    (*at, "id"),
                )

    def _unique(self, unique_id: str, at: Address) -> Iterator[Problem]:
        # Two say all: with every owner looked at for each, a file of one id would take for ever.
        owners = owners_of(self._directory, unique_id)
        first = next(owners, None)
        owner = first if first != at else next(owners, None)
        if owner is not None and not (self._whole and first == at):
            yield self._error("duplicate-id",
                              f"{shown(unique_id)} is also {NOUNS[str(owner[0])]} "
                              f"{shown(str(owner[1]))}'s", at,
                              "unique ids and key ids stand once in a file")  # fmt: skip

    def _tags(self, at: Address, plain: dict[str, Plain]) -> Iterator[Problem]:
        tags = plain.get("tags")
        if not isinstance(tags, dict):
            return
        yield from self._quota("tags", len(tags), (*at, "tags"))
        seen: dict[str, str] = {}
        for key, value in tags.items():
            problem = tag_problem(key, str(value))
            if problem is not None:
                yield self._error("invalid-tag", problem, (*at, "tags", key))
            other = seen.setdefault(key.lower(), key)
            if other != key and at[0] in ("users", "roles"):
                yield self._error(
                    "duplicate-tag",
                    f"tags {shown(other)} and {shown(key)} differ in case alone",
                    (*at, "tags", key),
                    "AWS compares tag keys of users and roles ignoring case",
                )

    def _policies(self, at: Address, plain: dict[str, Plain]) -> Iterator[Problem]:
        attached = texts(plain.get("policies"))
        if at[0] != "policies":
            noun = NOUNS[str(at[0])]
            yield from self._quota(f"policies_per_{noun}", len(attached), (*at, "policies"))
        seen: set[str] = set()
        for index, text in enumerate(attached):
            meant = policy_reference(text, self._account.id)
            yield from self._policy(text, meant, (*at, "policies", index))
            key = meant.name if meant else text
            if key in seen:
                yield self._error("duplicate-item", f"policy {shown(text)} is attached twice",
                                  (*at, "policies", index), "remove one of the lines")  # fmt: skip
            seen.add(key)
        boundary = plain.get("boundary")
        if isinstance(boundary, str):
            meant = policy_reference(boundary, self._account.id)
            yield from self._policy(boundary, meant, (*at, "boundary"))

    def _policy(self, text: str, meant: Reference | None, at: Address) -> Iterator[Problem]:
        if meant is not None:
            yield from self._exists(meant, text, at)
        elif not is_aws_managed(text):
            arn = parse_arn(text)
            foreign = arn is not None and arn.service == "iam" and ":policy/" in text
            what = "is of another account" if foreign else "is not the ARN of a managed policy"
            yield self._error(
                "unknown-policy",
                f"{shown(text)} {what}",
                at,
                "name a policy of this file, or arn:aws:iam::aws:policy/…",
            )

    def _exists(self, meant: Reference, text: str, at: Address) -> Iterator[Problem]:
        noun, kind = NOUNS[meant.section], KINDS[meant.section]
        names = self._directory.section(meant.section)
        if meant.name not in names:
            hint = self._suggest(meant.name, meant.section)
            if hint is None and meant.section == "policies" and meant.path is None:
                hint = f"if AWS manages it, write arn:aws:iam::aws:policy/{meant.name[:60]}"
            message = f"{noun} {shown(meant.name)} does not exist"
            yield self._error(f"unknown-{kind}", message, at, hint)
        elif meant.path is not None:
            path = self._directory.value_at((meant.section, meant.name, "path")) or "/"
            if path != meant.path:
                rule = POLICY_PATH if meant.section == "policies" else PATH
                written = f"write {iam_arn(self._account.id, kind, str(path), meant.name)}"
                yield self._error(
                    f"unknown-{kind}",
                    f"{shown(text)} does not exist: {noun} {shown(meant.name)} has path {path}",
                    at,
                    None if rule.problem(str(path)) else written,
                )

    def _later(self, at: tuple[str, str], plain: dict[str, Plain]) -> Iterator[Problem]:
        """A device, provider or pool."""
        section, name = at
        for rest, meant in mentions(section, plain):
            if rest[:-1] == ("role_mappings",):
                continue  # it must be one of the pool's providers, which are looked at here
            yield from self._exists(Reference(*meant), meant[1], (*at, *rest))
        if section == "identity_providers":
            clients = len(texts(plain.get("client_ids")))
            yield from self._quota("client_ids_per_provider", clients, (*at, "client_ids"))
        for severity, code, message, where, hint in section_faults(self._directory, section, name):
            make = self._error if severity == "error" else self._warning
            yield make(code, message, where, hint)

    def _inline(self, at: Address, plain: dict[str, Plain]) -> Iterator[Problem]:
        inline = plain.get("inline")
        if self._quotas and isinstance(inline, dict) and inline:
            size = sum(map(document_size, inline.values()))
            yield from self._quota(f"{NOUNS[str(at[0])]}_inline_size", size, (*at, "inline"))

    def _keys(self, at: Address, plain: dict[str, Plain]) -> Iterator[Problem]:
        keys = plain.get("keys")
        if not isinstance(keys, dict) or not keys:
            return
        if plain.get("id") is None:
            yield self._error("no-id", f"user {shown(str(at[1]))} has access keys but no id",
                              (*at, "keys"), "`iamctl validate --fix` mints one")  # fmt: skip
        yield from self._quota("keys_per_user", len(keys), (*at, "keys"))
        for key in keys:
            yield from self._unique(key, (*at, "keys", key))
            if not key.startswith("AKIA"):
                yield self._warning("id-prefix",
                                    f"long-term access keys start with AKIA, {shown(key)} does not",
                                    (*at, "keys", key))  # fmt: skip

    def _members(self, at: Address, plain: dict[str, Plain]) -> Iterator[Problem]:
        members = plain.get("members")
        seen: set[Plain] = set()
        for index, member in enumerate(members if isinstance(members, list) else ()):
            name = item_name(member)
            if not isinstance(name, str):
                continue
            here = (*at, "members", index)
            yield from self._exists(Reference("users", name, None, None), name, here)
            if name in seen:
                yield self._error("duplicate-item", f"user {shown(name)} is listed twice", here,
                                  "remove one of the lines")  # fmt: skip
            seen.add(name)

    def _principals(self, at: Address, document: Plain) -> Iterator[Problem]:
        for rest, text in aws_principals(document):
            meant = principal_reference(text, self._account.id)
            if meant is None:
                continue
            if meant.unique_id is None:
                yield from self._exists(meant, text, (*at, *rest))
            elif not any(owner[-1] == "id" for owner in owners_of(self._directory, text)):
                yield self._warning(
                    "unknown-principal",
                    f"principal {shown(text)} is nobody's id",
                    (*at, *rest),
                    "it matches nobody: remove it if whoever bore it is gone",
                )
        for rest, text in federated_principals(document):
            if provider_arn(text, self._account.id) and self._directory.by_arn(text) is None:
                yield self._warning(
                    "unknown-principal",
                    f"no identity provider here bears the ARN {shown(text, 200)}",
                    (*at, *rest),
                    "nobody is let in by it until `identity_providers` has one",
                )

    def _resource(self, at: Address, plain: dict[str, Plain]) -> Iterator[Problem]:
        fault = resource_arn_fault(str(at[1]), self._account.id)
        if fault is not None:
            yield self._error("invalid-resource", fault[0], at, fault[1])
        yield from self._principals(at, plain)

    def _size(self, quota: str, document: Plain, at: Address) -> Iterator[Problem]:
        if self._quotas and isinstance(document, dict):
            yield from self._quota(quota, document_size(document), at)

    def _quota(self, name: str, count: int, at: Address) -> Iterator[Problem]:
        if not self._quotas:
            return
        limit = self._account.quota(name)
        if count > limit:
            quota = QUOTAS[name]
            message = f"{count} {quota.title}: the quota is {limit}"
            hint = f"AWS calls it {quota.error_name}; account.quotas.{name} raises it"
            yield self._warning("quota", message, at, hint)._replace(excess=Excess(name, count))

    def _suggest(self, name: str, section: str) -> str | None:
        self._suggestions += 1
        if self._suggestions > _MAX_SUGGESTIONS:
            return None
        return did_you_mean(name, self._directory.section(section))

    def _error(self, code: str, message: str, at: Address, hint: str | None = None) -> Problem:
        return Problem("error", code, message, at, self._directory.source_of(at), hint)

    def _warning(self, code: str, message: str, at: Address, hint: str | None = None) -> Problem:
        return Problem("warning", code, message, at, self._directory.source_of(at), hint)


def in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    """The problems by place, each once; those that stand nowhere come first."""

    def place(problem: Problem) -> tuple[str, int, int]:
        return problem.source or ("", 0, 0)

    return tuple(sorted(dict.fromkeys(problems), key=place))
