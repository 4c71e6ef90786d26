"""An index answers what its file does: built, brought up to date by hand edits, and edited."""

import os
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from iamctl.domain.change import Change, Renamed, position, value_at
from iamctl.domain.directory import Directory
from iamctl.domain.errors import IamctlError, InvalidDirectory
from iamctl.domain.facts import KINDS, facts_of
from iamctl.domain.invariants import check_all
from iamctl.store.index import chunks, refresh
from iamctl.store.index.build import build
from iamctl.store.index.contents import Unfit
from iamctl.store.index.edit import Outside, edit_indexed
from iamctl.store.index.indexed import Contents, Root, indexed_directory
from iamctl.store.index.orders import orders_of
from iamctl.store.index.parts import alone
from iamctl.store.reader import load_checked, read_directory

sys.path.insert(0, str(Path(__file__).parents[1]))
from hand_formatted import HandFormatted, random_directory, random_user

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
FILE = "d.yaml"
SEEN = ((1, 2, 3, 4, 5), 6, False, True, ())


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Chunks of an entity or a few, so that small files have many."""
    monkeypatch.setattr(chunks, "_BYTES", 8)
    monkeypatch.setattr(refresh, "SIZE", 2)


def sound_directory(rng: random.Random) -> dict[str, Any]:
    """A random directory without what breaks a rule."""
    plain = random_directory(rng, rng.choice([1, 4, 12, 30]))
    while errors := [p for p in check_all(Directory(plain)) if p.severity == "error"]:
        at = errors[0].at
        holder: Any = value_at(plain, at[:-1])
        if isinstance(holder, list):
            holder.pop(position(holder, at[-1]))
        else:
            del holder[at[-1]]
    return plain


def random_file(rng: random.Random) -> bytes:
    odd = rng.random() < 0.3
    plain = sound_directory(rng)
    return HandFormatted(rng, rng.choice([0.0, 0.1, 0.4]), odd).write(plain)


class Built:
    """An index in memory."""

    def __init__(self, root: Root, pages: dict[int, bytes], count: int) -> None:
        self.root, self.pages, self.count = root, pages, count

    @classmethod
    def of(cls, data: bytes) -> "Built":
        whole = build(alone(data), SEEN, FILE)
        root = Root.decode(whole.root.encode())
        return cls(root, dict(enumerate(whole.pages)), len(whole.pages))

    @property
    def contents(self) -> Contents:
        return Contents(self.root, self.pages.__getitem__, FILE)

    def after(self, refreshed: refresh.Refreshed) -> "Built":
        assert all(number < refreshed.pages for number in refreshed.changed)
        root = Root.decode(refreshed.root.encode())
        return Built(root, {**self.pages, **refreshed.changed}, refreshed.pages)


def assert_answers(built: Built, data: bytes) -> None:
    """Everything that can be asked of a Directory."""
    whole = load_checked(data, FILE)
    indexed = indexed_directory(built.contents, FILE)
    assert set(indexed.plain) == set(whole.plain)
    for section, value in whole.plain.items():
        known: Any = indexed.plain[section]
        if section in built.root.counts:
            assert list(known) == list(value)
            assert len(known) == len(value)
            assert "nobody" not in known
            assert known.get("nobody") is None
            known = dict(known)
        assert known == value
    assert indexed.account == whole.account
    for at in addresses(whole.plain, ()):
        assert indexed.source_of(at) == whole.source_of(at), at
    for kind, sections in KINDS.items():
        keys = {"nobody"}
        for section in sections:
            for name, plain in dict(whole.plain.get(section) or {}).items():
                keys.update(facts_of(kind, (section, name), plain, whole.account.id))
        for key in keys:
            assert list(indexed.holders(kind, key)) == list(whole.holders(kind, key)), (kind, key)
    for section in ("users", "groups", "mfa", "resources", "keys"):
        names = [*dict(whole.plain.get(section) or {})]
        if section == "keys":
            names = [key for user in whole.users.values() for key in user.keys]
        for prefix in {"", "a", "~", "A", *names, *(name[:2] for name in names)}:
            wanted = [name for name in names if name.startswith(prefix)]
            for most in (500, len(wanted) // 2):
                found = indexed.names_with(section, prefix, most)
                assert found == wanted[:most], (section, prefix)
                assert whole.names_with(section, prefix, most) == wanted[:most]
    assert_tidy(built)


def assert_tidy(built: Built) -> None:
    """Nothing is left of what went, and what is kept for edits is so."""
    contents = built.contents
    rows = contents.table.rows()
    assert len({row.page for row in rows}) == len(rows)
    for number in range(built.root.buckets):
        for found in contents.bucket(number).values():
            assert found
            for section, name, page in found:
                assert not page or name in contents.chunk(page).names, (section, name)
    assert built.root.orders == orders_or_other(built, contents)


def orders_or_other(built: Built, contents: Contents) -> Any:
    """The orders anew; a chunk that breaks one may be any that does."""
    orders = orders_of(contents.table.rows(), lambda page: list(contents.chunk(page).names))
    return {
        section: tuple(
            was if bool(was) == bool(now) and breaks(contents, section, was, fold) else now
            for was, now, fold in zip(
                built.root.orders[section], orders[section], (str, str.lower), strict=True
            )
        )
        for section in orders
    }


def breaks(contents: Contents, section: str, page: int, fold: Any) -> bool:
    if not page:
        return True
    pages = contents.table.of_section(section)
    n = pages.index(page)
    names = [*(list(contents.chunk(pages[n - 1]).names)[-1:] if n else []),
             *contents.chunk(page).names]  # fmt: skip
    return [fold(name) for name in names] != sorted(fold(name) for name in names)


def addresses(value: Any, at: tuple[Any, ...]) -> Any:
    yield at
    yield (*at, "missing")
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from addresses(inner, (*at, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from addresses(inner, (*at, position))


def is_sound(data: bytes) -> bool:
    try:
        load_checked(data, FILE)
    except InvalidDirectory:
        return False
    return True


def scribbled(rng: random.Random, data: bytes) -> bytes:
    """What somebody with an editor may do to a file."""
    lines = data.split(b"\n")
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        n = rng.randrange(len(lines))
        m = min(n + rng.choice([1, 2, 4, 9]), len(lines))
        what = rng.randrange(8)
        if what == 0:
            del lines[n:m]
        elif what == 1:
            lines[n:n] = lines[n:m]
        elif what == 2:
            to = rng.randrange(len(lines))
            moved = lines[n:m]
            del lines[n:m]
            lines[to:to] = moved
        elif what == 3:
            lines[n] = lines[n].replace(*rng.choice([(b"a", b"b"), (b"/", b"/x/"), (b"e", b"E")]))
        elif what == 4:
            lines[n] += rng.choice([b" # note", b" ", b"'", b'"', b"{", b":"])
        elif what == 5:
            lines.insert(
                n, rng.choice([b"", b"# note", b"      # deep", b"  new: {}", b"    path: /x/"])
            )
        elif what == 6:
            lines[n] = rng.choice([b" ", b"  "]) + lines[n]
        else:
            lines[n] = lines[n][1:]
        lines = lines or [b""]
    return b"\n".join(lines)


@pytest.mark.parametrize("seed", range(60 * SCALE))
def test_an_index_that_is_built_answers_what_the_file_does(seed):
    data = random_file(random.Random(seed))
    try:
        built = Built.of(data)
    except Unfit:
        return
    assert_answers(built, data)


def test_most_files_have_an_index():
    fit = [seed for seed in range(60) if has_index(random_file(random.Random(seed)))]
    assert len(fit) > 15


def has_index(data: bytes) -> bool:
    try:
        build(alone(data), SEEN, FILE)
    except Unfit:
        return False
    return True


@pytest.mark.parametrize("seed", range(60 * SCALE))
def test_an_index_follows_what_people_do_to_the_file(seed):
    rng = random.Random(seed)
    data, built = indexed_file(rng)
    for _ in range(30):
        changed = scribbled(rng, data)
        try:
            refreshed = refresh.refresh(built.contents, built.count, alone(changed), SEEN, FILE)
        except Unfit:
            continue
        if refreshed is not None:
            data, built = changed, built.after(refreshed)
            assert_answers(built, data)


def test_a_file_that_breaks_a_rule_is_never_followed():
    followed = 0
    for seed in range(40):
        rng = random.Random(seed)
        data, built = indexed_file(rng)
        for _ in range(20):
            changed = scribbled(rng, data)
            try:
                found = refresh.refresh(built.contents, built.count, alone(changed), SEEN, FILE)
            except Unfit:
                found = None
            assert found is None or is_sound(changed)
            followed += found is not None
    assert followed > 50


def indexed_file(rng: random.Random) -> tuple[bytes, Built]:
    while True:
        data = random_file(rng)
        try:
            return data, Built.of(data)
        except Unfit:
            continue


def random_changes(rng: random.Random, directory: Directory) -> tuple[Any, ...]:
    """Edits of entities as commands make them, not all of which the rules allow."""
    sections = [s for s in ("users", "groups", "roles", "policies") if directory.plain.get(s)]
    section = rng.choice(sections)
    named = dict(directory.plain[section])  # type: ignore[call-overload]
    name = rng.choice(list(named))
    fields = named[name] or {}
    what = rng.randrange(8)
    if what == 0 and section != "groups":
        tags = fields.get("tags")
        if tags:
            return (Change((section, name, "tags", "t"), tags.get("t"), "new"),)
        return (Change((section, name, "tags"), None, {"t": "new"}),)
    if what == 1:
        return (Change((section, name), named[name], None),)
    if what == 2:
        return (Renamed(section, fields.get("id"), name, rng.choice(["zed", "aaa", "Mid"])),)
    if what == 3:
        members = [*directory.users][: rng.randrange(3)]
        new: Any = random_user(rng)
        if section == "groups":
            new = {"members": members} if members else {"path": "/x/"}
        if section in ("roles", "policies"):
            new = dict(fields)
            new.pop("id", None)
        return (Change((section, rng.choice(["zoe", "aaron", "Mia", "b0"])), None, new),)
    if what == 4:
        return (Change((section, name, "path"), fields.get("path"), "/moved/"),)
    if what == 5 and len(named) > 2:
        return tuple(Change((section, n), named[n], None) for n in rng.sample(list(named), 2))
    if what == 7:
        return account_changes(rng, dict(directory.plain["account"]))  # type: ignore[call-overload]
    return (
        Change((section, name, "path"), fields.get("path"), "/one/"),
        Change((sections[0], "another"), None, {"path": "/two/"}),
    )


def account_changes(rng: random.Random, account: dict[str, Any]) -> tuple[Any, ...]:
    """An alias or a quota, new, other or gone; now and then another account."""
    if rng.random() < 0.1:
        return (Change(("account", "id"), account["id"], "210987654321"),)
    if rng.random() < 0.5:
        new = rng.choice(["acme-new", None if "alias" in account else "acme"])
        return (Change(("account", "alias"), account.get("alias"), new),)
    quotas = account.get("quotas")
    if quotas is None:
        return (Change(("account", "quotas"), None, {"users": rng.choice([1, 6000])}),)
    if rng.random() < 0.3:
        return (Change(("account", "quotas"), quotas, None),)
    return (Change(("account", "quotas", "users"), quotas.get("users"), 7000),)


def edited_whole(data: bytes, changes: Any) -> bytes:
    from iamctl.store.editing import edited

    result = read_directory(data, FILE)
    assert result.directory is not None
    assert result.tree is not None
    bom = b"\xef\xbb\xbf" if result.tree.bom else b""
    return bom + edited(result.tree, result.directory, changes).text.encode()


@pytest.mark.parametrize("seed", range(60 * SCALE))
def test_an_edit_of_chunks_makes_the_file_that_an_edit_of_the_whole_makes(seed):
    rng = random.Random(seed)
    data, built = indexed_file(rng)
    for _ in range(12):
        directory = indexed_directory(built.contents, FILE)
        changes = random_changes(rng, directory)
        wanted: Any
        try:
            wanted = edited_whole(data, changes)
        except (IamctlError, RuntimeError, KeyError) as error:
            wanted = error
        try:
            done = edit_indexed(built.contents, built.count, data, changes, FILE)
        except (Outside, Unfit):
            continue
        except (IamctlError, RuntimeError, KeyError) as error:
            assert (type(error), str(error)) == (type(wanted), str(wanted))  # noqa: PT017
            continue
        data = b"".join(done.parts) or data
        assert data == wanted
        built = built.after(done.refreshed)
        assert_answers(built, data)


def test_most_edits_are_made_in_chunks():
    made = declined = 0
    for seed in range(30):
        rng = random.Random(seed)
        data, built = indexed_file(rng)
        for _ in range(5):
            directory = indexed_directory(built.contents, FILE)
            changes = random_changes(rng, directory)
            try:
                edit_indexed(built.contents, built.count, data, changes, FILE)
                made += 1
            except (Outside, Unfit):
                declined += 1
            except (IamctlError, RuntimeError, KeyError):
                continue
    assert made > declined > 0, (made, declined)


@pytest.mark.parametrize("seed", range(20 * SCALE))
def test_reading_a_file_that_has_an_index_found_nothing(seed):
    """So that its index need not say what was found; what breaks no more than advice is the same
    out of both."""
    data, built = indexed_file(random.Random(seed))
    result = read_directory(data, FILE)
    assert result.problems == ()
    assert result.directory is not None
    assert check_all(indexed_directory(built.contents, FILE)) == check_all(result.directory)


def test_advice_is_among_what_is_compared():
    found = 0
    for seed in range(20):
        _, built = indexed_file(random.Random(seed))
        found += bool(check_all(indexed_directory(built.contents, FILE)))
    assert found > 10, found
