"""The request of a case: who asks for what, in which context."""

import re
from collections.abc import Mapping
from typing import TypeVar

from iamctl.domain.documents_values import WEB_IDENTITY_DOMAINS, action_fault, principal_fault
from iamctl.domain.names import shown
from iamctl.domain.source import Plain
from iamctl.policy.match import Context
from iamctl.policy.request import (
    ANONYMOUS,
    Caller,
    Request,
    caller_of_arn,
    federated_caller,
    service_caller,
)
from iamctl.services.strict_json import kind_of

PLAIN = ("principal", "action", "resource", "resource_account")
"""The fields of a case that make its request, besides the context."""

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com)")
_PROVIDER = re.compile(r"arn:[a-z-]+:iam::\d{12}:(?:oidc|saml)-provider/", re.ASCII)
_REMEMBERED = 10_000
_Made = TypeVar("_Made")


class RequestReader:
    """Makes requests, and remembers the principals and actions that repeat."""

    def __init__(self) -> None:
        self._callers: dict[str, Caller | str] = {}
        self._actions: dict[str, str] = {}

    def read(self, fields: Mapping[str, Plain], context: Plain, problems: list[str]) -> Request:
        """The request; what is wrong with the fields is added to the problems.

        Numbers in `context` are the texts that they were written as.
        """
        keys = _context(context, problems)
        return Request(
            _with_id(self._caller(fields.get("principal"), problems), keys),
            self._action(fields.get("action"), problems),
            _resource(fields.get("resource"), problems),
            keys,
            _account(fields.get("resource_account"), problems),
        )

    def _caller(self, value: Plain, problems: list[str]) -> Caller:
        if value is None:
            return ANONYMOUS
        if not isinstance(value, str):
            problems.append(f"principal must be an ARN, not {kind_of(value)}")
            return ANONYMOUS
        caller = self._callers.get(value)
        if caller is None:
            caller = _remember(self._callers, value, _caller(value))
        if isinstance(caller, str):
            problems.append(caller)
            return ANONYMOUS
        return caller

    def _action(self, value: Plain, problems: list[str]) -> str:
        if not isinstance(value, str):
            problems.append(
                "action is missing; write one like s3:GetObject"
                if value is None
                else f"action must be text, not {kind_of(value)}"
            )
            return ""
        fault = self._actions.get(value)
        if fault is None:
            fault = _remember(self._actions, value, _action_problem(value))
        if fault:
            problems.append(fault)
        return value


def _remember(made: dict[str, _Made], text: str, value: _Made) -> _Made:
    """Hold on to what was made of a text, for as many texts as are worth it."""
    if len(made) >= _REMEMBERED:
        made.clear()
    made[text] = value
    return value


def _caller(text: str) -> Caller | str:
    """The caller that a principal means, or what is wrong with it."""
    if text in WEB_IDENTITY_DOMAINS or _PROVIDER.match(text):
        fault = principal_fault("Federated", text, True)
        return federated_caller(text) if fault is None else _no_principal(text)
    if _SERVICE.fullmatch(text):
        return service_caller(text)
    caller = caller_of_arn(text)
    if caller is None or principal_fault("AWS", text, False) is not None:
        return _no_principal(text)
    return caller


def _with_id(caller: Caller, context: Context) -> Caller:
    """The caller with the unique id that aws:userid tells, by which policies may name it."""
    userid = context.get("aws:userid")
    if isinstance(userid, str) and caller.type in ("User", "AssumedRole"):
        return caller._replace(unique_id=userid.partition(":")[0])
    return caller


def _no_principal(text: str) -> str:
    return (
        f"principal {shown(text)} is no principal; give the ARN of a user, role, session or root"
        " user, or a service such as ec2.amazonaws.com"
    )


def _action_problem(text: str) -> str:
    """What is wrong with the action of a request, or ""."""
    if "*" in text or "?" in text:
        return f"action {shown(text)} has a wildcard; a request is for one action"
    fault = action_fault(text, False)
    return "" if fault is None else f"action {shown(text)} must be one such as s3:GetObject"


def _resource(value: Plain, problems: list[str]) -> str:
    if value is None:
        return "*"
    if not isinstance(value, str):
        problems.append(f"resource must be an ARN or *, not {kind_of(value)}")
        return "*"
    if not value:
        problems.append("resource is empty; leave it out for an action that takes none")
    return value


def _account(value: Plain, problems: list[str]) -> str | None:
    if value is None or (isinstance(value, str) and _ACCOUNT.fullmatch(value)):
        return value
    problems.append("resource_account must be an account id: twelve digits between quotes")
    return None


def _context(data: Plain, problems: list[str]) -> Context:
    """The context keys in lower case. `data` holds numbers as their text."""
    if data is None:
        return {}
    if not isinstance(data, dict):
        problems.append(f"context must be an object, not {kind_of(data)}")
        return {}
    context: dict[str, str | tuple[str, ...]] = {}
    for key, value in data.items():
        folded = key.lower()
        if folded in context:
            problems.append(f"context key {shown(key)} stands twice: keys ignore case")
        elif not key:
            problems.append("a context key is empty")
        context[folded] = value if isinstance(value, str) else _context_value(key, value, problems)
    return context


def _context_value(key: str, value: Plain, problems: list[str]) -> str | tuple[str, ...]:
    if isinstance(value, list):
        texts = [_text(item) for item in value]
        found = tuple([text for text in texts if text is not None])
        if len(found) == len(texts):
            return found
    elif (text := _text(value)) is not None:
        return text
    else:
        kind = kind_of(value)
        problems.append(f"context key {shown(key)} must be text or a list of texts, not {kind}")
        return ""
    kinds = [kind_of(v) for v, text in zip(value, texts, strict=True) if text is None]
    problems.append(f"context key {shown(key)} must be a list of texts, not of {kinds[0]}")
    return ""


def _text(value: Plain) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None
