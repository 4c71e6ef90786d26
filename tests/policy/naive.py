"""A second evaluator, plain and slow, to hold the first against.

Written from AWS's rules alone (IAM User Guide: policy evaluation within and across accounts, the
pages on each policy element, condition operators), on documents as plain data, sharing nothing
with the engine. It answers "allowed", "implicitDeny" or "explicitDeny", and explains nothing.
"""

import base64
import datetime
import re
import socket
from fractions import Fraction
from functools import cache

STAR, ANY = object(), object()
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnLike",
    "ArnNotLike": "ArnLike",
}


def listed(value):
    return value if isinstance(value, list) else [value]


# Texts with wildcards and variables


def tokens(text, context, variables):
    """Characters, STAR and ANY; None when a variable has no value."""
    found = []
    while text:
        if variables and text.startswith("${"):
            body, text = text[2:].split("}", 1)
            if body in ("*", "?", "$"):
                found.append(body)
                continue
            key, comma, default = body.partition(", '")
            value = context.get(key.lower())
            if value is None and comma:
                value = default[:-1]
            if not isinstance(value, str):
                return None
            found += value
        else:
            found.append({"*": STAR, "?": ANY}.get(text[0], text[0]))
            text = text[1:]
    return found


def glob(pattern, text):
    """Tried at every place where it could match."""

    @cache
    def match(i, j):
        if i == len(pattern):
            return j == len(text)
        if pattern[i] is STAR:
            return match(i + 1, j) or (j < len(text) and match(i, j + 1))
        return j < len(text) and pattern[i] in (ANY, text[j]) and match(i + 1, j + 1)

    return match(0, 0)


def plain_text(pattern):
    return "".join({id(STAR): "*", id(ANY): "?"}.get(id(piece), piece) for piece in pattern)


def split_tokens(pattern):
    parts = [[]]
    for piece in pattern:
        if piece == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def arn_like(pattern, text):
    """Six parts, each matched by itself; `*` alone is any ARN."""
    value = text.split(":", 5)
    if len(value) < 6 or value[0] != "arn":
        return False
    if pattern == [STAR]:
        return True
    parts = split_tokens(pattern)
    return len(parts) == 6 and all(glob(tuple(p), v) for p, v in zip(parts, value, strict=True))


# Elements


def action_matches(pattern, action):
    if pattern == "*":
        return True
    wanted, asked = pattern.lower().split(":"), action.lower().split(":")
    return all(glob(tuple(tokens(w, {}, False)), a) for w, a in zip(wanted, asked, strict=True))


def resource_matches(pattern, resource, context, variables):
    if pattern == "*":
        return True
    value = resource.split(":", 5)
    if len(value) < 6 or value[0] != "arn":
        return False
    parts = pattern.split(":", 5)
    parts += ["*"] * (6 - len(parts))
    for part, text in zip(parts[:5], value[:5], strict=True):
        if not glob(tuple(tokens(part, {}, False)), text):
            return False
    last = tokens(parts[5], context, variables)
    return last is not None and glob(tuple(last), value[5])


def levels(caller):
    """{level: every principal that means the caller at that level}"""
    account = caller["account"]
    found = {}
    if account:
        found["account"] = {account, f"arn:aws:iam::{account}:root"}
    if caller["type"] == "User":
        found["user"] = {caller["arn"], caller["id"]}
    if caller["type"] == "AssumedRole":
        found["role"] = {caller["role"], caller["id"]}
        found["session"] = {caller["arn"]}
    if caller["type"] == "FederatedUser":
        found["federated-user"] = {caller["arn"]}
    return found


def forms(principal, caller, effect):
    """Every way in which the Principal element names the caller."""
    element = {"AWS": ["*"]} if principal == "*" else principal
    aws = listed(element.get("AWS", []))
    if caller["type"] == "Federated":
        if caller["provider"] in listed(element.get("Federated", [])):
            return {"federated"}
        return {"*"} if "*" in aws and effect == "Deny" else set()
    found = {"*"} if "*" in aws else set()
    if caller["type"] == "Service" and caller["name"] in listed(element.get("Service", [])):
        found.add("service")
    found |= {level for level, names in levels(caller).items() if names & set(aws)}
    if caller["type"] == "FederatedUser" and caller["maker"] in aws:
        found.add("user")
    return found


def excepted(principal, caller, effect, bounded):
    """Whether NotPrincipal leaves the caller out."""
    element = {"AWS": ["*"]} if principal == "*" else principal
    if bounded and effect == "Deny":
        return False
    if "*" in listed(element.get("AWS", [])):
        return True
    if caller["type"] == "Federated":
        return caller["provider"] in listed(element.get("Federated", []))
    if caller["type"] == "Service":
        return caller["name"] in listed(element.get("Service", []))
    aws = set(listed(element.get("AWS", [])))
    hits = [bool(names & aws) for names in levels(caller).values()]
    return bool(hits) and (all(hits) if effect == "Deny" else any(hits))


# Conditions


def number(text):
    ok = re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", text)
    return Fraction(text) if ok else None


def instant(text):
    forms = ("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z",
             "%Y-%m-%dT%H:%M:%S.%f%z")  # fmt: skip
    for form in forms:
        try:
            found = datetime.datetime.strptime(text, form)  # noqa: DTZ007
        except ValueError:
            continue
        if found.tzinfo is None:
            found = found.replace(tzinfo=datetime.UTC)
        return Fraction(found.timestamp())
    return number(text)


def address(text):
    for family, bits in ((socket.AF_INET, 32), (socket.AF_INET6, 128)):
        try:
            return bits, int.from_bytes(socket.inet_pton(family, text), "big")
        except OSError:
            continue
    return None


def network(text):
    start, slash, prefix = text.partition("/")
    found = address(start)
    if found is None or (slash and not prefix.isdigit()):
        return None
    bits = found[0]
    width = int(prefix) if slash else bits
    return (bits, found[1] >> (bits - width), bits - width) if width <= bits else None


def decoded(text):
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def compares(base, value, pattern):
    """One context value with one policy value: True, False, or None when either is no such."""
    text = plain_text(pattern)
    if base == "StringEquals":
        return value == text
    if base == "StringEqualsIgnoreCase":
        return value.lower() == text.lower()
    if base == "StringLike":
        return glob(tuple(pattern), value)
    if base in ("ArnEquals", "ArnLike"):
        return arn_like(pattern, value)
    if base == "Bool":
        return text.lower() in ("true", "false") and value.lower() == text.lower()
    if base == "BinaryEquals":
        return decoded(text) is not None and decoded(value) == decoded(text)
    if base == "IpAddress":
        there, inside = address(value), network(text)
        if there is None or inside is None:
            return None
        same = [there]
        if there[0] == 128 and there[1] >> 32 == 0xFFFF:
            same.append((32, there[1] & 0xFFFFFFFF))
        return any(bits == inside[0] and n >> inside[2] == inside[1] for bits, n in same)
    read = number if base.startswith("Numeric") else instant
    left, right = read(value), read(text)
    if left is None or right is None:
        return None
    return {
        "Equals": left == right,
        "LessThan": left < right,
        "LessThanEquals": left <= right,
        "GreaterThan": left > right,
        "GreaterThanEquals": left >= right,
    }[base.removeprefix("Numeric").removeprefix("Date")]


def satisfies(base, value, wanted, context, variables):
    """One context value with all policy values: one must match, of a negated operator none.

    What is no number, date or address never matches, not even negated.
    """
    patterns = [tokens(text, context, variables) for text in wanted]
    hits = [compares(NEGATED.get(base, base), value, p) for p in patterns if p is not None]
    if base in NEGATED:
        return True not in hits and None not in hits
    return True in hits


def condition_true(operator, key, wanted, context, variables):
    qualifier, _, name = operator.rpartition(":")
    base = name.removesuffix("IfExists")
    if_exists = base != name
    value = context.get(key.lower())
    values = [] if value is None else [value] if isinstance(value, str) else list(value)
    empty = not any(values)
    if base == "Null":
        if qualifier:
            return qualifier == "ForAllValues"
        return ("true" if empty else "false") in [text.lower() for text in wanted]
    if not wanted:
        return (if_exists and not values) or (qualifier == "ForAllValues" and empty)
    if not values:
        if qualifier == "ForAnyValue":
            return if_exists
        return if_exists or qualifier == "ForAllValues" or base in NEGATED
    true = [satisfies(base, text, wanted, context, variables) for text in values]
    if qualifier == "ForAllValues":
        return empty or all(true)
    if qualifier == "ForAnyValue":
        return not empty and any(true)
    return all(true) if base in NEGATED else any(true)


# Statements and layers


def texts(value):
    return [str(v).lower() if isinstance(v, bool) else str(v) for v in listed(value)]


def statement_forms(statement, variables, request, bounded):
    """The forms in which a statement applies, {""} without principals; empty: it does not."""
    caller, effect, context = request["caller"], statement["Effect"], request["context"]
    if "Principal" in statement:
        found = forms(statement["Principal"], caller, effect)
    elif "NotPrincipal" in statement:
        out = excepted(statement["NotPrincipal"], caller, effect, bounded)
        found = set() if out else {"*"}
    else:
        found = {""}
    named = listed(statement.get("Action", statement.get("NotAction")))
    if any(action_matches(p, request["action"]) for p in named) == ("NotAction" in statement):
        return set()
    named = listed(statement.get("Resource", statement.get("NotResource", "*")))
    about = any(resource_matches(p, request["resource"], context, variables) for p in named)
    if about == ("NotResource" in statement):
        return set()
    for operator, block in statement.get("Condition", {}).items():
        for key, wanted in block.items():
            if not condition_true(operator, key, texts(wanted), context, variables):
                return set()
    return found


def applying(documents, effect, request, bounded):
    found = set()
    for document in documents:
        variables = document.get("Version") == "2012-10-17"
        for statement in listed(document["Statement"]):
            if statement["Effect"] == effect:
                found |= statement_forms(statement, variables, request, bounded)
    return found


def cannot_call(request):
    """Whether STS turns the caller away before any policy is asked."""
    caller, action = request["caller"], request["action"].lower()
    issuer, role = caller.get("issuer", ""), request["resource"].split(":")
    if action == "sts:assumerole":
        if caller["type"] in ("Account", "FederatedUser", "Anonymous", "Federated"):
            return True
        arn = caller.get("arn", "").split(":")
        return len(arn) > 1 and len(role) == 6 and arn[1] != role[1]
    if caller["type"] != "Federated" or not action.startswith("sts:assumerolewith"):
        return False
    if ("saml-provider/" in issuer) != action.endswith("saml"):
        return True
    return issuer.startswith("arn:") and len(role) == 6 and issuer.split(":")[4] != role[4]


def decide(request, layers, both_sides=False):
    """The verdict. `layers` maps identity, boundary, session, resource to lists of documents
    (None: there is none), scps and rcps to lists of levels; "trust" says what resource is."""
    caller = request["caller"]
    bounded = layers["boundary"] is not None

    def allows(documents):
        return bool(applying(documents, "Allow", request, bounded))

    def denies(documents):
        return bool(applying(documents or [], "Deny", request, bounded))

    outside = not caller["account"]
    own = [] if outside else ["identity", "boundary", "session"]
    scps = [] if outside else layers["scps"]
    if any(denies(layers[name]) for name in [*own, "resource"]):
        return "explicitDeny"
    if any(denies(level) for level in scps):
        return "explicitDeny"
    everyone = {**request, "caller": {"type": "Anonymous", "account": ""}}
    for level in layers["rcps"]:
        if applying(level, "Deny", everyone, False):
            return "explicitDeny"
    if cannot_call(request):
        return "implicitDeny"
    for level in layers["rcps"]:
        if not applying(level, "Allow", everyone, False):
            return "implicitDeny"
    if not all(allows(level) for level in scps):
        return "implicitDeny"
    named = applying(layers["resource"] or [], "Allow", request, bounded)
    if outside:
        return "allowed" if named else "implicitDeny"
    identity = caller["type"] == "Account" or allows(layers["identity"])
    boundary = not bounded or allows(layers["boundary"])
    session = caller["type"] != "FederatedUser"
    if layers["session"] is not None:
        session = allows(layers["session"])
    ways = []
    parts = request["resource"].split(":", 5)
    owner = parts[4] if len(parts) == 6 and parts[4].isdigit() else caller["account"]
    owner = request.get("resource_account") or owner
    if both_sides or owner != caller["account"]:
        ways.append(bool(named) and identity and boundary and session)
    else:
        key_policy = len(parts) == 6 and parts[2] == "kms" and parts[5].startswith("key/")
        if named or not (layers["trust"] or key_policy):
            ways.append(identity and boundary and session)
        # A trust policy that names a user needs the boundary's leave (the stricter page).
        user = boundary if layers["trust"] and caller["type"] == "User" else True
        if "user" in named:
            ways.append(user if caller["type"] == "User" else boundary and session)
        if "role" in named:
            ways.append(boundary and session)
        if "session" in named or "federated-user" in named:
            ways.append(True)
        if "*" in named:
            ways.append(user)
    return "allowed" if any(ways) else "implicitDeny"
