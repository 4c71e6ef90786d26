"""Directory files as people write them: odd indents, quotes, comments in every odd place.

Every comment carries a token of its own, `#c17#`, and `owner` says which value it stands in or
beside, so that tests can tell which comments an edit may take along.
"""

import random
from typing import Any

FLOW_KEYS = (
    "tags",
    "policies",
    "Action",
    "Resource",
    "Principal",
    "Condition",
    "client_ids",
    "providers",
)

NAMED = ("members", "policies", "client_ids", "providers")

BLOCK_TEXTS = {"description": 0.4, "saml_metadata": 0.9}


class HandFormatted:
    """Writes one directory in a random style."""

    def __init__(self, rng: random.Random, comments: float = 0.25, odd: bool = True) -> None:
        self.rng = rng
        self.comments = comments
        self.odd = odd
        self.newline = rng.choice(["\n", "\n", "\r\n"]) if odd else "\n"
        self.owner: dict[str, tuple[Any, ...]] = {}
        self.lines: list[str] = []
        self.at: tuple[Any, ...] = ()
        self.open_scalar = False
        self.anchors: dict[int, str] = {}
        self.shared: Any = None  # a value that stands twice: an anchor, then an alias

    def write(self, plain: dict[str, Any]) -> bytes:
        """The file's bytes."""
        if self.odd and self.chance(0.15):
            self.lines.append("---" + self.tail())
        self.block_map(plain, 0)
        if self.odd and self.chance(0.1):
            self.lines += ["..." + self.tail(), self.comment(("end",))]
        text = self.newline.join(self.lines)
        if not self.odd or self.rng.random() < 0.8:
            text += self.newline
        bom = "\ufeff" if self.odd and self.rng.random() < 0.2 else ""
        return (bom + text).encode()

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def comment(self, owner: tuple[Any, ...]) -> str:
        token = f"#c{len(self.owner)}#"
        self.owner[token] = owner
        words = self.rng.choice(
            ["", " why: because", " - x", " {a: b}", " [", ' "', " ключ: é", "!"]
        )
        return f"# {token}{words}"

    def tail(self, tab: bool = False) -> str:
        """What may follow a value on its line."""
        if self.chance(self.comments):
            space = " " * self.rng.randint(1, 4)
            return (self.rng.choice([space, space, "\t"]) if tab else space) + self.comment(self.at)
        return " " * self.rng.randint(0, 2) if self.odd and self.chance(0.1) else ""

    def between(
        self, indent: int, owner: tuple[Any, ...], above: tuple[Any, ...] | None = None,
        depths: list[int] | None = None,
    ) -> None:  # fmt: skip
        """Comments and blank lines above a line, or at the end of a block. One that is indented
        deeper belongs to the value above."""
        while self.chance(self.comments):
            if self.chance(0.4):
                self.lines.append(" " * self.rng.choice([0, 0, 1, indent]) if self.odd else "")
                continue
            depth = self.rng.choice(depths or [indent, indent, 0, indent + 1, indent + 3])
            if self.open_scalar:
                depth = min(depth, indent)
            deep = depth > indent and above is not None
            self.lines.append(
                " " * depth + self.comment(("deep", *above) if deep and above else owner)
            )
            self.open_scalar = False

    def block_map(self, value: dict[str, Any], indent: int, first: str | None = None) -> None:
        """`first` is the text before the first key, `  - `, when it shares its line."""
        outer = self.at
        above = None
        for n, (key, item) in enumerate(value.items()):
            prefix = " " * indent
            if n == 0 and first is not None:
                prefix = first
            else:
                self.between(indent, ("lead", *outer, key), above)
            self.at = above = (*outer, key)
            self.pair(prefix, key, item, indent)
        self.at = outer
        if self.chance(0.2) and not self.open_scalar:
            self.between(indent, ("end", *outer), above, [indent, indent, indent + 1, indent + 3])

    def pair(self, prefix: str, key: str, item: Any, indent: int) -> None:
        if id(item) in self.anchors:
            name = self.key(key)
            self.lines.append(f"{prefix}{name}: *{self.anchors[id(item)]}{self.tail()}")
            self.open_scalar = False
            return
        name = self.key(key) + (" " if self.odd and self.chance(0.1) else "")
        space = " " * self.rng.choice([1, 1, 1, 2, 5] if self.odd else [1])
        if isinstance(item, dict | list):
            flow = not item or self.chance(0.6 if key in FLOW_KEYS else 0.12)
            if not item and self.chance(0.2) and key not in FLOW_KEYS[2:]:
                self.lines.append(f"{prefix}{name}:{self.tail()}")
            elif flow:
                self.lines.append(f"{prefix}{name}:{space}{self.anchor(item)}")
                self.below(indent)
                self.flow(item, indent + 1)
                self.lines[-1] += self.tail(tab=True)
            else:
                self.lines.append(
                    f"{prefix}{name}:{(' ' + self.anchor(item)).rstrip()}{self.tail()}"
                )
                self.block(item, indent)
        elif self.chance(BLOCK_TEXTS.get(key, 0)):
            self.block_scalar(f"{prefix}{name}:{space}", str(item), indent)
        else:
            self.lines.append(f"{prefix}{name}:{space}")
            self.below(indent)
            self.lines[-1] += self.scalar(item, key)
            last = self.lines[-1]
            if self.odd and last.rstrip("\"'").endswith("Ships it") and self.chance(0.5):
                # A text goes on in the next line; between quotes at any indent.
                tail = "it" + (last[-1] if last[-1] in "\"'" else "")
                self.lines[-1] = last[: -len(tail)]
                depth = self.rng.choice([1, indent + 4]) if len(tail) > 2 else indent + 3
                self.lines.append(" " * depth + tail)
            self.lines[-1] += self.tail(tab=True)
            self.open_scalar = False

    def anchor(self, item: Any) -> str:
        """`&a1 ` where the value is one that stands twice."""
        if item is not self.shared or id(item) in self.anchors:
            return ""
        self.anchors[id(item)] = f"a{len(self.anchors)}"
        return f"&{self.anchors[id(item)]} "

    def below(self, indent: int) -> None:
        """Now and then a value stands on the line below its key."""
        if self.odd and self.chance(0.06):
            self.lines[-1] += self.tail()
            while self.chance(self.comments):
                depth = self.rng.choice([0, indent, indent + 3])
                self.lines.append(" " * depth + self.comment(self.at))
            self.lines.append(" " * (indent + self.rng.choice([1, 2, 5])))

    def block(self, value: Any, indent: int) -> None:
        self.open_scalar = False
        step = self.rng.choice([1, 2, 2, 4, 3]) if self.odd else 2
        if isinstance(value, dict):
            self.block_map(value, indent + step)
        else:
            self.block_list(value, indent + (0 if self.chance(0.3) and indent else step))

    def block_list(self, value: list[Any], indent: int) -> None:
        outer = self.at
        above = None
        for item in value:
            name = item.get("user") if isinstance(item, dict) else item
            step = name if outer[-1] in NAMED else value.index(item)
            self.between(indent, ("lead", *outer, step), above)
            self.at = above = (*outer, step)
            dash = " " * indent + "-" + " " * (self.rng.choice([1, 1, 3]) if self.odd else 1)
            if isinstance(item, dict) and item and self.chance(0.85):
                if self.chance(0.15):
                    self.lines.append(dash.rstrip() + self.tail())
                    self.block_map(item, indent + 2)
                else:
                    self.block_map(item, len(dash), dash)
            elif isinstance(item, dict | list):
                self.lines.append(dash)
                self.flow(item, indent + 2)
                self.lines[-1] += self.tail()
            else:
                self.lines.append(f"{dash}{self.scalar(item)}{self.tail(tab=True)}")
            self.open_scalar = False
        self.at = outer

    def flow(self, value: Any, indent: int) -> None:
        """Appends to the last line, and perhaps to more."""
        if not isinstance(value, dict | list):
            self.lines[-1] += self.scalar(value, flow=True)
            return
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        self.lines[-1] += opening
        outer = self.at
        many = self.odd and self.chance(0.3)
        named = isinstance(value, list) and outer[-1] in NAMED
        entries = list(value.items() if isinstance(value, dict) else enumerate(value))
        for n, (key, item) in enumerate(entries):
            step = (item.get("user") if isinstance(item, dict) else item) if named else key
            self.gap(indent, many)
            self.at = (*outer, step)
            if isinstance(value, dict):
                self.lines[-1] += self.key(key, flow=True) + ": "
            self.flow(item, indent + 1)
            if n < len(entries) - 1:
                if many and self.chance(0.1):
                    self.gap(indent, True)
                self.lines[-1] += ","
            elif self.odd and self.chance(0.15):
                self.lines[-1] += ","
        if entries or self.chance(0.1):
            self.gap(indent, many)
        self.at = outer
        self.lines[-1] += closing

    def gap(self, indent: int, many: bool) -> None:
        """Space inside a flow collection: perhaps a comment on the element before, a new line."""
        if many and self.chance(0.6):
            if self.chance(self.comments):
                self.lines[-1] += " " + self.comment(self.at)
            self.lines.append(" " * (indent + self.rng.choice([0, 0, 2])))
        elif not self.lines[-1].endswith(("{", "[")) or self.chance(0.2):
            self.lines[-1] += " "

    def block_scalar(self, start: str, text: str, indent: int) -> None:
        style = self.rng.choice(["|", ">", "|-", ">-", "|+", ">+", "|2", ">2-"])
        self.lines.append(start + style + (self.tail() if self.chance(0.3) else ""))
        for line in (text, self.rng.choice(["# no comment", "more: text", "- x"])):
            self.lines.append(" " * (indent + 2) + line)
        self.open_scalar = True

    def key(self, key: str, flow: bool = False) -> str:
        if "#" in key or (self.odd and self.chance(0.15)):
            return f'"{key}"' if self.chance(0.5) else f"'{key}'"
        return key

    def scalar(self, value: Any, key: str = "", flow: bool = False) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        if '"' in value:
            return f"'{value.replace(chr(39), chr(39) * 2)}'"
        if key == "account" or value[:1] in ("*", "") or value.startswith("2012") or value == "no":
            return f'"{value}"'
        if any(char in value for char in ":#, []{}'\\\"") or self.chance(0.25 if self.odd else 0):
            return f'"{value}"' if self.chance(0.6) else f"'{value}'"
        return value


WORDS = ("payments", "no", "0042", "x: y", "a #b", "Ship it, then rest", "[x]", "é", "2026-01-01")
ACTIONS = ("s3:GetObject", "s3:ListBucket", "s3:Put*", "ec2:*", "iam:PassRole")


def random_document(rng: random.Random, trust: bool = False) -> dict[str, Any]:
    """A policy document in one of the shapes people use."""
    statements = []
    for n in range(rng.randint(1, 3)):
        statement: dict[str, Any] = {"Sid": f"S{n}", "Effect": rng.choice(["Allow", "Deny"])}
        actions = rng.sample(ACTIONS, rng.randint(1, 3))
        if trust:
            statement["Principal"] = rng.choice(
                [{"AWS": "arn:aws:iam::123456789012:root"}, {"Service": ["ec2.amazonaws.com"]}]
            )
            statement["Action"] = "sts:AssumeRole"
        else:
            statement["Action"] = actions[0] if rng.random() < 0.3 else actions
            statement["Resource"] = rng.choice(["*", ["arn:aws:s3:::a/*", "arn:aws:s3:::b"]])
        if rng.random() < 0.3:
            statement["Condition"] = {
                "Bool": {"aws:MultiFactorAuthPresent": rng.choice([True, "true"])},
                "NumericLessThan": {"aws:MultiFactorAuthAge": 3600},
            }
        statements.append(statement)
    return {"Version": "2012-10-17", "Statement": statements}


def random_directory(rng: random.Random, users: int = 4) -> dict[str, Any]:
    """A small directory, as plain values."""
    names = rng.sample(["alice", "bob", "carol", "dan.x", "Eve", "f@x"], min(users, 6))
    plain: dict[str, Any] = {"iamctl": 1, "account": {"id": "123456789012"}}
    plain["users"] = {name: random_user(rng) for name in names}
    plain["groups"] = {
        name: _sometimes(
            rng,
            path="/x/",
            members=[_member(rng, user) for user in names if rng.random() < 0.6],
            policies=_attached(rng),
        )
        for name in ("dev", "ops")[: rng.randint(0, 2)]
    }
    plain["roles"] = {
        name: {"trust": random_document(rng, True)}
        | _sometimes(rng, description="Ships it", tags=_tags(rng), max_session_duration="2h")
        for name in ("deployer", "auditor")[: rng.randint(0, 2)]
    }
    plain["policies"] = {
        name: _sometimes(rng, description="Reads a lot") | {"document": random_document(rng)}
        for name in ("Read", "Write")
    }
    plain["mfa"] = {
        name: random_device(rng, names)
        for name in rng.sample(["alice-phone", "no", "Spare"], rng.randint(0, 3))
    }
    plain["identity_providers"] = {
        name: random_provider(rng, name)
        for name in rng.sample(["google", "github", "yes", "corp"], rng.randint(0, 3))
    }
    plain["identity_pools"] = {
        name: random_pool(rng, sorted(set(plain["identity_providers"]) - {"corp"}))
        for name in ("app", "web")[: rng.randint(0, 2)]
    }
    for section in ("groups", "roles", "mfa", "identity_providers", "identity_pools"):
        if rng.random() < 0.2:
            del plain[section]
    return plain


def random_user(rng: random.Random) -> dict[str, Any]:
    return _sometimes(
        rng,
        id="AIDA" + "".join(rng.choice("ABCDEFGH234567") for _ in range(17)),
        path="/eng/",
        created="2026-11-24T09:00:00Z",
        tags=_tags(rng),
        policies=_attached(rng),
        inline={"I": random_document(rng)},
        boundary="Read",
        keys={
            "AKIA" + "".join(rng.choice("ABCDEFGH234567") for _ in range(16)): _sometimes(
                rng, created="2026-11-24T09:00:00Z", status="inactive"
            )
        },
    )


def random_device(rng: random.Random, users: list[str]) -> dict[str, Any]:
    return _sometimes(
        rng, path="/x/", created="2026-11-24T09:00:00Z", user=rng.choice(users),
        enabled="2026-11-24T09:05:00Z", tags=_tags(rng),
    )  # fmt: skip


def random_provider(rng: random.Random, name: str) -> dict[str, Any]:
    """`corp` speaks SAML."""
    rest = _sometimes(rng, created="2026-11-24T09:00:00Z", tags=_tags(rng))
    if name == "corp":
        return {"saml_metadata": "<EntityDescriptor>" + "x" * 1000} | rest
    ids = rng.sample(["k1", "0042", "b #c"], rng.randint(0, 3))
    keys = {key: random_signing_key(rng) for key in ids}
    clients = rng.sample(["sts.amazonaws.com", "web", "no", "a,b"], rng.randint(0, 3))
    rest |= _sometimes(rng, client_ids=clients, jwks=keys)
    return {"url": f"https://{name}.example"} | rest


def random_signing_key(rng: random.Random) -> dict[str, Any]:
    number = "".join(rng.choice("abcXYZ019-_") for _ in range(43))
    return {"kty": "EC", "crv": "P-256", "x": number, "y": number[::-1]}


def random_pool(rng: random.Random, providers: list[str]) -> dict[str, Any]:
    listed = rng.sample(providers, rng.randint(0, len(providers)))
    mappings = {
        provider: {
            "type": "rules",
            "rules": [random_rule(rng) for _ in range(rng.randint(1, 3))],
        }
        for provider in listed
        if rng.random() < 0.6
    }
    return _sometimes(
        rng, id="eu-west-1:5b1d3c9a-7e48-40bd-91c2-f3e8a4570612", created="2026-11-24T09:00:00Z",
        providers=listed, authenticated_role="deployer", guest_role="auditor",
        classic_flow="allow", role_mappings=mappings, tags=_tags(rng),
    )  # fmt: skip


def random_rule(rng: random.Random) -> dict[str, Any]:
    match = rng.choice(["Equals", "Contains"])
    value = rng.choice(WORDS) + str(rng.randint(0, 999))
    return {"claim": "department", "match": match, "value": value, "role": "deployer"}


def _sometimes(rng: random.Random, **fields: Any) -> dict[str, Any]:
    kept = [(name, value) for name, value in fields.items() if rng.random() < 0.6]
    if rng.random() < 0.2:
        rng.shuffle(kept)
    return dict(kept)


def _tags(rng: random.Random) -> dict[str, Any]:
    keys = rng.sample(["team", "env", "cost-centre", "a:b"], rng.randint(0, 3))
    return {key: rng.choice(WORDS) for key in keys}


def _attached(rng: random.Random) -> list[Any]:
    return rng.sample(
        ["Read", "Write", "arn:aws:iam::aws:policy/ReadOnlyAccess"], rng.randint(0, 3)
    )


def _member(rng: random.Random, user: str) -> Any:
    return {"user": user, "until": "2026-12-31T00:00:00Z"} if rng.random() < 0.3 else user
