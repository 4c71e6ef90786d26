"""Policies as formulas for an SMT solver (z3): one request is unknown, its context too.

Read from the documents' text by the IAM User Guide's grammar and its page on condition operators,
sharing nothing with iamctl.policy: an oracle that sees all requests at once, where brute force
sees some. Reached are: actions and resources with wildcards, Not forms, variables before which
and after which there is plain text (and a last `*`), and the types of keys below.
"""

import os
from ipaddress import ip_network

import z3

EFFORT = 500_000 if os.environ.get("IAMCTL_TEST_SCALE", "1") == "1" else 4_000_000
"""What the solver may spend on a question, in steps of its own: the same on every machine."""

LETTERS = z3.Union(z3.Range("a", "z"), z3.Range("0", "9"), z3.Re("-"))
CHAR = z3.Range("!", "~")
NO_COLON = z3.Union(z3.Range("!", "9"), z3.Range(";", "~"))
_PART, _SOME = z3.Star(NO_COLON), z3.Plus(NO_COLON)
ACTION = z3.Concat(
    z3.Plus(LETTERS), z3.Re(":"), z3.Plus(z3.Union(z3.Range("a", "z"), z3.Range("0", "9")))
)
ARN = z3.Concat(
    z3.Re("arn:"), _SOME, z3.Re(":"), _SOME, z3.Re(":"), _PART, z3.Re(":"), _PART, z3.Re(":"),
    z3.Plus(CHAR),
)  # fmt: skip
_ANY_ARN = z3.Concat(z3.Re("arn:"), *[z3.Concat(_PART, z3.Re(":"))] * 4, z3.Star(CHAR))


def is_true(*formulas):
    return z3.And(*formulas) if formulas else z3.BoolVal(True)


def either(*formulas):
    return z3.Or(*formulas) if formulas else z3.BoolVal(False)


def listed(value):
    found = value if isinstance(value, list | tuple) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in found]


class Key:
    """A context key with at most one value: of a kind, or known once and for all."""

    def __init__(self, name, kind, slots=1):
        self.name, self.kind, self.slots = name, kind, slots
        sort = {"Numeric": z3.RealSort(), "Bool": z3.BoolSort(), "IPAddress": z3.IntSort()}
        made = sort.get(kind, z3.StringSort())
        self.used = [z3.Bool(f"{name} {n} given") for n in range(slots)]
        self.values = [z3.Const(f"{name} {n}", made) for n in range(slots)]
        self.wide = [z3.Bool(f"{name} {n} is IPv6") for n in range(slots)]

    def typed(self):
        """What holds of the values whatever is asked."""
        for value in self.values:
            if self.kind == "IPAddress":
                yield z3.And(value >= 0, value < 2**32)
            elif self.kind not in ("Numeric", "Bool"):
                yield z3.InRe(value, z3.Star(CHAR))
        for one, other in zip(self.used, self.used[1:], strict=False):
            yield z3.Implies(other, one)

    def text(self, at=0):
        value = self.values[at]
        return (
            z3.If(value, z3.StringVal("true"), z3.StringVal("false"))
            if self.kind == "Bool"
            else value
        )

    @property
    def is_given(self):
        return either(*self.used)

    @property
    def is_some(self):
        """Whether there is a value that is not empty."""
        if self.kind in ("Numeric", "Bool", "IPAddress"):
            return self.is_given
        found = zip(self.used, self.values, strict=True)
        return either(*(z3.And(used, value != "") for used, value in found))

    def read(self, model):
        """What a model gives it: None, a text, or several."""
        found = [self._spelled(model, n) for n, used in enumerate(self.used) if _holds(model, used)]
        if not found:
            return None
        return found[0] if self.slots == 1 else tuple(found)

    def _spelled(self, model, at):
        value = model.eval(self.values[at], model_completion=True)
        if self.kind == "Bool":
            return "true" if z3.is_true(value) else "false"
        if self.kind == "Numeric":
            number = value.as_fraction()
            return str(float(number)) if number.denominator > 1 else str(number.numerator)
        if self.kind == "IPAddress":
            if _holds(model, self.wide[at]):
                return "2001:db8::1"
            number = value.as_long()
            return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
        return value.as_string()

    def fixed(self, given):
        """That the key has just this value, None for none."""
        texts = () if given is None else (given,) if isinstance(given, str) else given
        if len(texts) > self.slots:
            return None
        parts = []
        for at, used in enumerate(self.used):
            parts.append(used if at < len(texts) else z3.Not(used))
            if at < len(texts):
                parts.append(self._is(at, texts[at]))
        return is_true(*parts)

    def _is(self, at, text):
        value = self.values[at]
        if self.kind == "Bool":
            return value == (text == "true")
        if self.kind == "Numeric":
            return value == z3.RealVal(text)
        if self.kind == "IPAddress":
            if ":" in text:
                return self.wide[at]
            return z3.And(z3.Not(self.wide[at]), value == int(ip_network(text).network_address))
        return value == z3.StringVal(text)


def _holds(model, formula):
    return z3.is_true(model.eval(formula, model_completion=True))


class Asked:
    """The unknown request. `known` are keys with their values; those in `kinds` are open."""

    def __init__(self, kinds, known=(), slots=1):
        self.action, self.resource = z3.String("action"), z3.String("resource")
        self.known = {key.lower(): value for key, value in dict(known).items()}
        many = ("ArrayOfString", "")
        self.keys = {
            name.lower(): Key(name, kind, slots if kind in many else 1)
            for name, kind in kinds.items()
        }

    def possible(self):
        yield z3.InRe(self.action, ACTION)
        yield z3.Or(self.resource == "*", z3.InRe(self.resource, ARN))
        for key in self.keys.values():
            yield from key.typed()

    def is_point(self, action, resource, context):
        """That the request is this one; None where it is none of those that are reached."""
        left = {key.lower(): value for key, value in context.items()}
        parts = [self.action == action.lower(), self.resource == z3.StringVal(resource)]
        parts += [key.fixed(left.pop(name, None)) for name, key in self.keys.items()]
        if any(part is None for part in parts) or any(key not in self.known for key in left):
            return None
        return z3.And(*parts)

    def point(self, model):
        """The request of a model: action, resource, the open keys."""
        given = {name: key.read(model) for name, key in self.keys.items()}
        action, resource = (
            model.eval(v, model_completion=True).as_string() for v in (self.action, self.resource)
        )
        return action, resource, {key: value for key, value in given.items() if value is not None}

    # Variables: a text is a row of plain texts and of (value, whether there is one).

    def row(self, text, variables):
        """The pieces of a text: str, or a z3 string with whether it has a value."""
        pieces, rest = [], text
        while variables and "${" in rest:
            plain, _, rest = rest.partition("${")
            name, _, rest = rest.partition("}")
            key, _, default = name.partition(", ")
            pieces += [plain, self._variable(key.lower(), default.strip("'") if default else None)]
        return [*pieces, rest]

    def _variable(self, key, default):
        if key in "*?$":
            return z3.StringVal(key), z3.BoolVal(True)
        if key in self.known:
            return z3.StringVal(self.known[key]), z3.BoolVal(True)
        found = self.keys.get(key)
        if found is None or found.slots > 1:
            value = default if found is None else None
            return z3.StringVal(value or ""), z3.BoolVal(value is not None)
        if default is None:
            return found.text(), found.is_given
        return z3.If(found.is_given, found.text(), z3.StringVal(default)), z3.BoolVal(True)


def glob(text, any_of=CHAR):
    """The texts that a pattern with `*` and `?` matches."""
    parts = [{"*": z3.Star(any_of), "?": any_of}.get(char) for char in text]
    found = [z3.Re(char) if one is None else one for char, one in zip(text, parts, strict=True)]
    found = found or [z3.Re("")]
    return found[0] if len(found) == 1 else z3.Concat(*found)


def matches_row(value, pieces):
    """Whether a value is the pieces, whose plain texts may hold wildcards: anywhere where no
    variable is open, else as the last character alone."""
    values = [one for one in pieces if not isinstance(one, str)]
    given = is_true(*(has for _, has in values))
    plain = z3.simplify(is_true(*(z3.BoolVal(z3.is_string_value(v)) for v, _ in values)))
    if z3.is_true(plain):
        parts = [glob(p) if isinstance(p, str) else z3.Re(p[0].as_string()) for p in pieces]
        parts = [part for part, p in zip(parts, pieces, strict=True) if p != ""] or [z3.Re("")]
        return z3.And(given, z3.InRe(value, parts[0] if len(parts) == 1 else z3.Concat(*parts)))
    last, open_end = pieces[-1], False
    if isinstance(last, str) and last.endswith("*"):
        pieces, open_end = [*pieces[:-1], last[:-1]], True
    assert not any(isinstance(p, str) and set(p) & set("*?") for p in pieces), pieces
    texts = [z3.StringVal(p) if isinstance(p, str) else p[0] for p in pieces]
    whole = texts[0] if len(texts) == 1 else z3.Concat(*texts)
    return z3.And(given, z3.PrefixOf(whole, value) if open_end else value == whole)


def arn_row(text):
    """An ARN's pattern as five parts and the rest; parts that are missing are `*`."""
    parts = text.split(":", 5)
    return [*parts, *["*"] * (6 - len(parts))]


def matches_arn(asked, value, text, variables):
    """Whether a value is like a pattern of ARNs."""
    if text == "*":
        return z3.BoolVal(True)
    *parts, rest = arn_row(text)
    head = z3.Concat(*(one for part in parts for one in (glob(part, NO_COLON), z3.Re(":"))))
    pieces = asked.row(rest, variables)
    if all(isinstance(piece, str) or z3.is_string_value(piece[0]) for piece in pieces):
        given = is_true(*(piece[1] for piece in pieces if not isinstance(piece, str)))
        after = [
            glob(p) if isinstance(p, str) else z3.Re(p[0].as_string()) for p in pieces if p != ""
        ]
        return z3.And(given, z3.InRe(value, z3.Concat(head, *after) if after else head))
    assert not set("".join(parts)) & set("*?"), text
    first = ":".join(parts) + ":"
    return matches_row(value, [first + pieces[0], *pieces[1:]])


def condition(asked, operator, name, wanted, variables):
    """Whether one operator with one key is true."""
    qualifier, _, base = operator.rpartition(":")
    if_exists = base.endswith("IfExists")
    base = base.removesuffix("IfExists")
    key = asked.keys.get(name.lower())
    texts = listed(wanted)
    if key is None:
        return _of_known(
            asked, qualifier, base, if_exists, asked.known.get(name.lower()), texts, variables
        )
    if base == "Null":
        if qualifier:
            return z3.BoolVal(qualifier == "ForAllValues")
        wanted_absent = {text.lower() == "true" for text in texts}
        return either(*(key.is_some == (not one) for one in wanted_absent))
    negated = "Not" in base
    tests = [_test(asked, key, at, base, texts, variables) for at in range(key.slots)]
    each = list(zip(key.used, tests, strict=True))
    if qualifier == "ForAllValues":
        return z3.Implies(key.is_some, is_true(*(z3.Implies(used, test) for used, test in each)))
    some = either(*(z3.And(used, test) for used, test in each))
    if qualifier == "ForAnyValue":
        return z3.If(key.is_given, z3.And(key.is_some, some), z3.BoolVal(if_exists))
    every = is_true(*(z3.Implies(used, test) for used, test in each))
    absent = z3.BoolVal(if_exists or negated)
    return z3.If(key.is_given, every if negated else some, absent)


def _of_known(asked, qualifier, base, if_exists, value, texts, variables):
    """A condition on a key whose value, or absence, is known."""
    fixed = Key("known", "String", slots=0 if value is None else 1)
    if value is not None:
        fixed.used, fixed.values = [z3.BoolVal(True)], [z3.StringVal(value)]
    there = Asked({}, asked.known)
    there.keys = {**asked.keys, "known": fixed}
    operator = f"{qualifier}:{base}" if qualifier else base
    return condition(there, operator + "IfExists" * if_exists, "known", texts, variables)


def _test(asked, key, at, base, texts, variables):
    """Whether one value of a key passes."""
    negated, plain = "Not" in base, base.replace("Not", "")
    value = key.values[at]
    if plain.startswith("Numeric"):
        return _compared(
            plain.removeprefix("Numeric"), negated, value, [z3.RealVal(t) for t in texts]
        )
    if plain == "Bool":
        assert key.kind == "Bool"
        return either(*(value == (text.lower() == "true") for text in texts))
    if plain == "IpAddress":
        inside = either(*(_within(key, at, ip_network(text)) for text in texts))
        return z3.Not(inside) if negated else inside
    text = key.text(at)
    if plain.startswith("Arn"):
        found = [
            z3.And(z3.InRe(text, _ANY_ARN), matches_arn(asked, text, one, variables))
            for one in texts
        ]
    elif plain == "StringLike":
        found = [matches_row(text, asked.row(one, variables)) for one in texts]
    else:
        assert plain == "StringEquals"
        found = []
        for one in texts:
            row = [
                (z3.StringVal(p), z3.BoolVal(True)) if isinstance(p, str) else p
                for p in asked.row(one, variables)
            ]
            parts = [p[0] for p in row]
            whole = parts[0] if len(parts) == 1 else z3.Concat(*parts)
            found.append(z3.And(text == whole, *(p[1] for p in row)))
    return z3.Not(either(*found)) if negated else either(*found)


def _compared(how, negated, value, bounds):
    tests = {
        "Equals": lambda bound: value == bound,
        "LessThan": lambda bound: value < bound,
        "LessThanEquals": lambda bound: value <= bound,
        "GreaterThan": lambda bound: value > bound,
        "GreaterThanEquals": lambda bound: value >= bound,
    }
    found = either(*map(tests[how], bounds))
    return z3.Not(found) if negated else found


def _within(key, at, network):
    low, high = int(network.network_address), int(network.broadcast_address)
    value = key.values[at]
    return z3.And(z3.Not(key.wide[at]), value >= low, value <= high)


def applies(asked, statement, variables):
    """Whether a statement is about the request, whoever makes it."""
    parts = []
    for name in ("Action", "NotAction"):
        if name in statement:
            found = either(
                *(z3.InRe(asked.action, glob(text.lower())) for text in listed(statement[name]))
            )
            parts.append(z3.Not(found) if name == "NotAction" else found)
    for name in ("Resource", "NotResource"):
        if name in statement:
            found = either(
                *(matches_arn(asked, asked.resource, t, variables) for t in listed(statement[name]))
            )
            parts.append(z3.Not(found) if name == "NotResource" else found)
    for operator, block in statement.get("Condition", {}).items():
        parts += [
            condition(asked, operator, key, wanted, variables) for key, wanted in block.items()
        ]
    return is_true(*parts)


def effects(asked, document):
    """Whether some Allow of a document applies, and whether some Deny does."""
    variables = document.get("Version") == "2012-10-17"
    found = {"Allow": [], "Deny": []}
    for statement in document["Statement"]:
        found[statement["Effect"]].append(applies(asked, statement, variables))
    return either(*found["Allow"]), either(*found["Deny"])


def allowed(asked, document):
    """What a document alone allows."""
    allow, deny = effects(asked, document)
    return z3.And(allow, z3.Not(deny))


def solve(asked, *formulas, effort=EFFORT):
    """A point of the formulas, None where there is none; "?" where the solver cannot tell."""
    solver = z3.Solver()
    solver.set("rlimit", effort)
    solver.add(*asked.possible(), *formulas)
    told = solver.check()
    if told == z3.sat:
        return asked.point(solver.model())
    return None if told == z3.unsat else "?"
