"""The JSON Schemas of our files, made from the declarations the readers use.

`python -m iamctl.store.schema` prints that of the directory file; with `part` or `access-tests`
behind it, that of a file that a directory includes, or of access tests.
"""

from collections.abc import Callable
from typing import Any

from iamctl.domain import claims_shape
from iamctl.domain import shape as shapes
from iamctl.domain.names import Rule
from iamctl.domain.shape_federation import IDENTITY_POOL, IDENTITY_PROVIDER, MFA_DEVICE
from iamctl.domain.shape_parts import Shape

Schema = dict[str, Any]

_DEFINITIONS = {
    id(shapes.USER): "User",
    id(shapes.GROUP): "Group",
    id(shapes.ROLE): "Role",
    id(shapes.POLICY): "Policy",
    id(MFA_DEVICE): "MFADevice",
    id(IDENTITY_PROVIDER): "IdentityProvider",
    id(IDENTITY_POOL): "IdentityPool",
}
_DOCUMENTS = {
    "trust": "TrustPolicy",
    "resource": "ResourcePolicy",
    "rcp": "ResourceControlPolicy",
}
_VERSIONS = {
    id(shapes.ROOT.fields["iamctl"]): shapes.FORMAT_VERSION,
    id(claims_shape.VERSION): claims_shape.FORMAT_VERSION,
}
_INSTANT = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?$"
_DURATION = r"^\d{1,10}[smhdwSMHDW]?$"


def directory_schema() -> Schema:
    """A JSON Schema (2020-12) that accepts what the reader does, as far as a schema can say it."""
    return _directory(shapes.ROOT)


def part_schema() -> Schema:
    """The same of a file that a directory includes."""
    return _directory(shapes.PART)


def _directory(shape: Shape) -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_record(shape),
        "$defs": {
            **{
                _DEFINITIONS[id(shape)]: _nullable(shape, _record(shape))
                for shape in shapes.SECTIONS.values()
            },
            "PolicyDocument": _policy_document("Statement"),
            "TrustPolicy": _policy_document("TrustStatement"),
            "ResourcePolicy": _policy_document("ResourceStatement"),
            "ResourceControlPolicy": _policy_document("ResourceControlStatement"),
            "Statement": _identity_statement(),
            "TrustStatement": _trust_statement(),
            "ResourceStatement": _resource_statement(),
            "ResourceControlStatement": _resource_control_statement(),
        },
    }


def claims_schema() -> Schema:
    """A JSON Schema (2020-12) of access tests."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_record(claims_shape.ROOT),
    }


def schema_text(schema: Schema | None = None) -> str:
    """The schema as its file holds it: without one, directory.schema.json."""
    from json import dumps

    return dumps(schema or directory_schema(), indent=2, ensure_ascii=False) + "\n"


def _of(shape: Shape) -> Schema:
    """The schema of any shape; entities stand among the definitions."""
    name = _DEFINITIONS.get(id(shape))
    return {"$ref": f"#/$defs/{name}"} if name else _MAKERS[shape.kind](shape)


def _titled(shape: Shape, schema: Schema) -> Schema:
    described = {"description": shape.description} if shape.description else {}
    shown = {"examples": list(shape.examples)} if shape.examples and shape.kind == "text" else {}
    return {"title": shape.title, **described, **schema, **shown}


def _nullable(shape: Shape, schema: Schema) -> Schema:
    """`users:` with nothing behind it is an empty collection, unless something is required."""
    return schema if shape.required else {**schema, "type": [schema["type"], "null"]}


def _ruled(rule: Rule | None) -> Schema:
    if rule is None:
        return {}
    return {
        "minLength": rule.minimum,
        "maxLength": rule.maximum,
        "pattern": f"^(?:{_ecma(rule.pattern)})$",
    }


def _ecma(pattern: str) -> str:
    r"""The pattern as JSON Schema's dialect has it.

    Python implementations match `\w` and `\d` beyond ASCII, so those are spelled out.
    """
    return (
        pattern.replace(r"[\w", "[A-Za-z0-9_")
        .replace(r"\w", "[A-Za-z0-9_]")
        .replace(r"\d", "[0-9]")
    )


def _text(shape: Shape) -> Schema:
    """Texts may be written without quotes, so a YAML reader may take them for anything."""
    if shape.choices:
        return _titled(shape, {"enum": list(shape.choices)})
    return _titled(shape, {"type": ["string", "number", "boolean"], **_ruled(shape.rule)})


def _integer(shape: Shape) -> Schema:
    if id(shape) in _VERSIONS:
        return _titled(shape, {"const": _VERSIONS[id(shape)]})
    return _titled(shape, {"type": "integer", "minimum": 0})


def _instant(shape: Shape) -> Schema:
    return _titled(
        shape,
        {"type": "string", "pattern": _ecma(_INSTANT), "examples": ["2026-12-31T00:00:00Z"]},
    )


def _duration(shape: Shape) -> Schema:
    return _titled(
        shape,
        {
            "type": ["string", "integer"],
            "pattern": _ecma(_DURATION),
            "minimum": 3600,
            "maximum": 43200,
            "examples": ["90m", "2h"],
        },
    )


def _texts_or_one(shape: Shape) -> Schema:
    assert shape.item is not None
    item = _of(shape.item)
    return _titled(shape, {"anyOf": [item, {"type": "array", "items": item}]})


def _flag(shape: Shape) -> Schema:
    return _titled(shape, {"type": "boolean"})


def _list(shape: Shape) -> Schema:
    assert shape.item is not None
    items = {"type": "array", "items": _of(shape.item), "uniqueItems": True}
    return _nullable(shape, _titled(shape, items))


def _map(shape: Shape) -> Schema:
    assert shape.item is not None
    keys = {**_ruled(shape.key), **({"examples": list(shape.examples)} if shape.examples else {})}
    values: Schema = {
        "type": "object",
        "propertyNames": keys,
        "additionalProperties": _of(shape.item),
    }
    if shape.filled:
        return _titled(shape, {**values, "minProperties": 1})
    return _nullable(shape, _titled(shape, values))


def _record(shape: Shape) -> Schema:
    required = {"required": list(shape.required)} if shape.required else {}
    fields = {name: _of(field) for name, field in shape.fields.items()}
    return _titled(
        shape,
        {"type": "object", "properties": fields, **required, "additionalProperties": False},
    )


def _either(shape: Shape) -> Schema:
    return _titled(shape, {"anyOf": [_of(option) for option in shape.options]})


def _document(shape: Shape) -> Schema:
    name = _DOCUMENTS.get(shape.document, "PolicyDocument")
    return _titled(shape, {"$ref": f"#/$defs/{name}"})


def _never(shape: Shape) -> Schema:
    return False  # type: ignore[return-value]  # "never valid" is a schema of its own


def _policy_document(statement_name: str) -> Schema:
    statement = {"$ref": f"#/$defs/{statement_name}"}
    return {
        "title": "Policy document",
        "description": "AWS's own JSON policy language.",
        "type": "object",
        "properties": {
            "Version": {
                "description": "2012-10-17; without it AWS reads the document as 2008-10-17.",
                "enum": ["2012-10-17", "2008-10-17"],
            },
            "Id": {"type": "string"},
            "Statement": {
                "anyOf": [statement, {"type": "array", "minItems": 1, "items": statement}]
            },
        },
        "required": ["Statement"],
        "additionalProperties": False,
    }


def _identity_statement() -> Schema:
    pairs = {name: _texts() for name in ("Action", "NotAction", "Resource", "NotResource")}
    choices = [
        {"oneOf": [{"required": [name]}, {"required": [f"Not{name}"]}]}
        for name in ("Action", "Resource")
    ]
    return {**_statement(pairs, ["Effect"]), "allOf": choices}


def _trust_statement() -> Schema:
    own = {"Principal": _principal(), "Action": _texts()}
    return _statement(own, ["Effect", "Principal", "Action"])


def _resource_statement() -> Schema:
    pairs = {name: _texts() for name in ("Action", "NotAction", "Resource", "NotResource")}
    principals = {name: _principal("CanonicalUser") for name in ("Principal", "NotPrincipal")}
    statement = _statement({**principals, **pairs}, ["Effect"])
    statement["properties"]["Sid"] = {"type": "string"}
    choices = [
        {"oneOf": [{"required": [name]}, {"required": [f"Not{name}"]}]}
        for name in ("Action", "Principal")
    ]
    return {**statement, "allOf": choices}


def _resource_control_statement() -> Schema:
    statement = _identity_statement()
    everybody = {"Principal": {"const": "*"}}
    return {
        **statement,
        "properties": {**statement["properties"], **everybody},
        "required": ["Effect", "Principal"],
    }


def _statement(own: Schema, required: list[str]) -> Schema:
    """A statement; `own` holds what tells an identity policy's from a trust policy's."""
    return {
        "title": "Statement",
        "type": "object",
        "properties": {
            "Sid": {"type": "string", "pattern": "^[A-Za-z0-9]*$"},
            "Effect": {"enum": ["Allow", "Deny"]},
            **own,
            "Condition": {
                "description": "Operator -> condition key -> value or values.",
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": _texts("string", "number", "boolean"),
                },
            },
        },
        "required": required,
        "additionalProperties": False,
    }


def _texts(*types: str) -> Schema:
    value = {"type": list(types) or "string"}
    return {"anyOf": [value, {"type": "array", "items": value}]}


def _principal(*more: str) -> Schema:
    kinds = ("AWS", "Service", "Federated", *more)
    named = {
        "type": "object",
        "properties": {kind: _texts("string", "integer") for kind in kinds},
        "minProperties": 1,
        "additionalProperties": False,
    }
    return {"anyOf": [{"const": "*"}, named]}


_MAKERS: dict[str, Callable[[Shape], Schema]] = {
    "text": _text,
    "lines": _text,
    "texts": _texts_or_one,
    "flag": _flag,
    "integer": _integer,
    "instant": _instant,
    "duration": _duration,
    "list": _list,
    "map": _map,
    "record": _record,
    "either": _either,
    "document": _document,
    "reserved": _never,
    "private": _never,
    "main": _never,
}


if __name__ == "__main__":
    import sys

    named = {"access-tests": claims_schema, "part": part_schema}
    sys.stdout.write(schema_text(named.get("".join(sys.argv[1:]), directory_schema)()))
