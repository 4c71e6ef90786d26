"""All problems of a directory together, and mending what can be mended without a person."""

from collections.abc import Iterable

from iamctl.domain.change import NOUNS, Change, Changes
from iamctl.domain.directory import Directory
from iamctl.domain.ids import PREFIXES, Randomness, mint_unique_id, mint_uuid
from iamctl.domain.invariants import check_all, in_order
from iamctl.domain.source import Problem
from iamctl.domain.times import format_instant
from iamctl.ports import Catalogue
from iamctl.ports.federation import Federation
from iamctl.services.action_names import unknown_actions
from iamctl.services.providers import unusable_metadata

_APART = (*NOUNS, "organization", "resources", "accounts")
"""Sections in which a broken part leaves the rest to be judged."""


def findings(
    directory: Directory | None,
    problems: Iterable[Problem],
    catalogue: Catalogue | None = None,
    federation: Federation | None = None,
) -> tuple[Problem, ...]:
    """What reading the file found (`problems`) and what breaks a directory's rules, by place.

    With a catalogue, the actions that documents name are looked up in it; with a federation, SAML
    metadata is read as well.

    A `directory` read from a file with errors is judged as far as it could be read: entities
    with errors of their own are left out, and nothing is said of references when a whole
    section or the account could not be read.
    """
    given = list(problems)
    broken = {problem.at[:2] for problem in given if problem.severity == "error"}
    if directory is None or any(len(at) < 2 or at[0] not in _APART for at in broken):
        return in_order(given)
    found = list(check_all(directory))
    if catalogue is not None:
        found += unknown_actions(directory, catalogue)
    if federation is not None:
        found += unusable_metadata(directory, federation)
    return in_order([*given, *(problem for problem in found if problem.at[:2] not in broken)])


def fix(directory: Directory, now: int, randomness: Randomness) -> Changes:
    """Mint the unique ids and creation times that hand-written entities lack.

    `now` is in epoch seconds; a missing creation time becomes it. Identity pools get an id too.
    """
    changes: list[Change] = []
    for section in PREFIXES:
        for name in directory.section(section):
            if directory.value_at((section, name, "id")) is None:
                minted = mint_unique_id(section, randomness)
                changes.append(Change((section, name, "id"), new=minted))
            if directory.value_at((section, name, "created")) is None:
                changes.append(Change((section, name, "created"), new=format_instant(now)))
    for name in directory.identity_pools:
        if directory.value_at(("identity_pools", name, "id")) is None:
            minted = f"{_region(directory)}:{mint_uuid(randomness)}"
            changes.append(Change(("identity_pools", name, "id"), new=minted))
    return tuple(changes)


def _region(directory: Directory) -> str:
    """The region of the first identity pool that has an id; where none has, that of AWS's global
    services."""
    regions = (pool.region for pool in directory.identity_pools.values() if pool.region)
    return next(regions, "us-east-1")
