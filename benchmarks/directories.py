"""Directory files of any size, as a company has them: `python -m benchmarks.directories 1000`.

About 390 bytes a user, their places in groups among them: keys with fingerprints, tags, boundaries,
comments. The first user may assume the role `deployer`. Everything comes in lines and is written as
it comes, since a file of 39 MB in this process would show in the peak memory of its children.
"""

import sys
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import chain
from pathlib import Path

ACCOUNT = "123456789012"
TEAMS = ("payments", "platform", "search", "mobile", "data", "finance", "support")
POLICIES = 20
GROUPS = "groups:"


def directory_of(count: int, listed: int | None = None) -> Iterator[str]:
    """Lines of a file with room for `count` users, of whom the first `listed` stand in it."""
    listed = count if listed is None else listed
    return _lines(chain(_account(count), _users(range(listed)), _rest(listed)))


def enlarge(file: Path, listed: int, count: int) -> None:
    """Add users to a file made by `directory_of(count, listed)`; what was done to it stays."""
    head, _, _ = file.read_text().partition(f"\n{GROUPS}\n")
    with file.open("w") as out:
        out.write(head.rstrip("\n") + "\n")
        out.writelines(_lines(chain(_users(range(listed, count)), _rest(count))))


def user(number: int) -> str:
    """The name of a user, counted from 0."""
    return f"user{number:06}"


def _account(count: int) -> Iterator[str]:
    yield "# The people of a company, their groups, and who may ship."
    yield "iamctl: 1  # format version"
    yield "account:"
    yield f'  id: "{ACCOUNT}"'
    yield "  quotas:"
    yield f"    users: {max(count + 1000, 5000)}"
    yield f"    groups: {max(_groups(count), 300)}"
    yield ""
    yield "users:"


def _users(numbers: Iterable[int]) -> Iterator[str]:
    for number in numbers:
        team = TEAMS[number % len(TEAMS)]
        if number % 4 == 0:
            yield f"  # Seat {number % 400} on floor {number % 9}, since the {team} team moved."
        yield f"  {user(number)}:" + ("  # on loan" if number % 7 == 0 else "")
        yield f"    id: AIDA{_base32(number, 17)}"
        yield f"    path: /eng/{team}/"
        yield f"    created: {_day(number)}"
        yield f'    tags: {{team: {team}, cost-center: "{number % 10_000:04}"}}'
        if number % 3 == 1:
            yield f"    boundary: Read{number % POLICIES}"
        if number % 2:
            yield f"    policies: [Read{number % POLICIES}, Read{(number + 7) % POLICIES}]"
        yield "    keys:"
        yield from _key(number, 0)
        if number % 16 == 1:
            yield from _key(number, 1)


def _key(number: int, which: int) -> Iterator[str]:
    yield f"      AKIA{_base32(2 * number + which, 16)}:"
    yield f"        created: {_day(number + which)}"
    if which:
        yield "        status: inactive  # until nothing is known to use it"
    yield f"        fingerprint: sha256:{sha256(b'%d/%d' % (number, which)).hexdigest()}"


def _rest(count: int) -> Iterator[str]:
    """Groups of a hundred, the role that the first user may assume, and policies."""
    groups = _groups(count)
    yield ""
    yield GROUPS
    for group in range(groups):
        yield f"  group{group:04}:"
        yield f"    id: AGPA{_base32(group, 17)}"
        yield f"    created: {_day(group)}"
        yield "    members:"
        for number in range(group, count, groups):
            yield f"      - {user(number)}"
        yield f"    policies: [Read{group % POLICIES}]"
    yield ""
    yield "roles:"
    yield "  deployer:"
    yield f"    id: AROA{_base32(0, 17)}"
    yield f"    created: {_day(0)}"
    yield "    trust:"
    yield from _document("sts:AssumeRole", "Principal", f"{{AWS: {_arn(0)}}}")
    yield "    policies: [Read0]"
    yield ""
    yield "policies:"
    for number in range(POLICIES):
        yield f"  Read{number}:"
        yield f"    id: ANPA{_base32(number, 17)}"
        yield f"    created: {_day(number)}"
        yield "    document:"
        yield from _document("s3:Get*", "Resource", f"arn:aws:s3:::data{number or ''}/*")


def _document(action: str, element: str, value: str) -> Iterator[str]:
    yield '      Version: "2012-10-17"'
    yield "      Statement:"
    yield "        - Effect: Allow"
    yield f"          {element}: {value}"
    yield f"          Action: {action}"


def _arn(number: int) -> str:
    return f"arn:aws:iam::{ACCOUNT}:user/eng/{TEAMS[number % len(TEAMS)]}/{user(number)}"


def _groups(count: int) -> int:
    return max(count // 100, 1)


def _day(number: int) -> str:
    return f"2026-{number % 10 + 1:02}-{number % 28 + 1:02}T09:{number % 60:02}:00Z"


def _base32(number: int, width: int) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    text = ""
    for _ in range(width):
        number, digit = divmod(number, 32)
        text = letters[digit] + text
    return text


def _lines(lines: Iterable[str]) -> Iterator[str]:
    return (f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.writelines(directory_of(int(sys.argv[1])))
