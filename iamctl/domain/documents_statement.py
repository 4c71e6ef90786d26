"""Reading one statement. Rule: the IAM User Guide's pages on the elements of policies."""

import re
from collections.abc import Iterator, Mapping

from iamctl.domain.documents_condition_block import ConditionReader
from iamctl.domain.documents_conditions import parse_operator
from iamctl.domain.documents_report import Report, spelled
from iamctl.domain.documents_types import DocumentKind, Effect, Statement
from iamctl.domain.documents_values import (
    PRINCIPAL_KEYS,
    action_fault,
    many_actions,
    normal_principal,
    principal_fault,
    resource_fault,
)
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.patterns import DIGITS, LETTERS, Pattern, consists_of
from iamctl.domain.source import Address, Locate, Plain

_STATEMENT_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_SID = LETTERS | DIGITS
_NARROWING = Pattern(
    r"aws:(?:Principal(?:Arn|Account|OrgID|OrgPaths|Tag/.*)|userid|Source(?:Arn|Account|OrgID|Vpc"
    r"|Vpce|Ip)|FederatedProvider)|sts:ExternalId",
    re.IGNORECASE,
)


class StatementReader:
    """Reads the statements of one document."""

    def __init__(self, kind: DocumentKind, report: Report, locate: Locate) -> None:
        self.report = report
        self._kind = kind
        self._locate = locate
        self._trust = kind == "trust"
        self._sids: set[str] = set()
        self._conditions = ConditionReader(report)

    def read(self, data: dict[str, Plain], at: Address) -> Iterator[Statement]:
        before = len(self.report.problems)
        self.report.unknown(data, _STATEMENT_ELEMENTS, at)
        effect = self._effect(data, at)
        sid = self._sid(data, at)
        principals = self._principals(data, "Principal", at)
        not_principals = self._principals(data, "NotPrincipal", at)
        actions = self._actions(data, "Action", at)
        not_actions = self._actions(data, "NotAction", at)
        resources = self._resources(data, "Resource", at)
        not_resources = self._resources(data, "NotResource", at)
        conditions = self._conditions.read(data, at)
        self._combinations(data, at)
        if effect is None or any(p.severity == "error" for p in self.report.problems[before:]):
            return
        statement = Statement(
            effect, sid, principals, not_principals, actions, not_actions, resources,
            not_resources, conditions, self._locate(at),
        )  # fmt: skip
        if self._trust:
            self._open_trust(statement, at)
        yield statement

    def _effect(self, data: dict[str, Plain], at: Address) -> Effect | None:
        value = data.get("Effect")
        if value == "Allow" or value == "Deny":
            return "Allow" if value == "Allow" else "Deny"
        if "Effect" not in data:
            self.report.error(
                "missing-effect", "The statement has no Effect", at, "write Allow or Deny"
            )
        else:
            hint = did_you_mean(value, ("Allow", "Deny")) if isinstance(value, str) else None
            self.report.error(
                "invalid-effect",
                f"Effect must be exactly Allow or Deny, not {spelled(value)}",
                (*at, "Effect"),
                hint,
            )
        return None

    def _sid(self, data: dict[str, Plain], at: Address) -> str | None:
        if "Sid" not in data:
            return None
        value, here = data["Sid"], (*at, "Sid")
        if not isinstance(value, str):
            self.report.wrong_type("Sid", "text", value, here)
            return None
        if self._kind == "resource":
            self.report.characters(value, here)
        elif not consists_of(_SID, value, minimum=0):
            self.report.error(
                "invalid-sid",
                f"Sid {shown(value)} has a character other than A-Z, a-z and 0-9",
                here,
                "statement ids in IAM policies are letters and digits",
            )
        if value and value in self._sids:
            report = self.report.warn if self._kind == "resource" else self.report.error
            report(
                "duplicate-sid",
                "Statement IDs (SID) in a single policy must be unique",
                here,
                f"{shown(value)} stands there twice",
            )
        self._sids.add(value)
        return value

    def _combinations(self, data: dict[str, Plain], at: Address) -> None:
        for element in ("Action", "Resource", "Principal"):
            if element in data and f"Not{element}" in data:
                self.report.error(
                    "element-combination",
                    f"A statement cannot have both {element} and Not{element}",
                    (*at, f"Not{element}"),
                    "make two statements of it",
                )
        if "Action" not in data and "NotAction" not in data:
            self.report.error("missing-action", "Policy statement must contain actions", at)
        has_resource = "Resource" in data or "NotResource" in data
        if not has_resource and self._kind not in ("trust", "resource"):
            self.report.error(
                "missing-resource",
                "Policy statement must contain resources",
                at,
                'add Resource: "*"',
            )
        has_principal = "Principal" in data or "NotPrincipal" in data
        if not has_principal and self._kind in ("trust", "resource", "rcp"):
            self.report.error(
                "missing-principal", "The statement has no Principal", at, "say whom it is about"
            )

    def _principals(
        self, data: dict[str, Plain], element: str, at: Address
    ) -> Mapping[str, tuple[str, ...]] | None:
        if element not in data:
            return None
        value, here = data[element], (*at, element)
        if self._forbidden_principal(element, value, here):
            return None
        if value == "*":
            return {"*": ("*",)}
        if not isinstance(value, dict) or not value:
            self.report.error(
                "invalid-principal",
                f'{element} must be "*" or a mapping',
                here,
                "write AWS: arn:aws:iam::ACCOUNT:user/NAME",
            )
            return None
        return self._principal_map(value, here)

    def _principal_map(self, value: dict[str, Plain], at: Address) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for key, named in value.items():
            here = (*at, key)
            if key not in PRINCIPAL_KEYS:
                self.report.error(
                    "invalid-principal",
                    f"{shown(key)} is no kind of principal",
                    here,
                    did_you_mean(key, PRINCIPAL_KEYS) or f"use {', '.join(PRINCIPAL_KEYS)}",
                )
                continue
            texts = self.report.texts(key, named, here, "missing-principal")
            for text, place in texts:
                self.report.fault(principal_fault(key, text, self._trust), place)
            found[key] = tuple(normal_principal(key, text) for text, _ in texts)
        return found

    def _forbidden_principal(self, element: str, value: Plain, at: Address) -> bool:
        if self._kind in ("identity", "boundary", "session", "scp"):
            self.report.error(
                "forbidden-element",
                "Policy document should not specify a principal"
                if element == "Principal"
                else "Has prohibited field NotPrincipal",
                at,
                "such a policy applies to whoever it is attached to; remove the element",
            )
        elif element == "NotPrincipal" and self._kind != "resource":
            self.report.error(
                "forbidden-element",
                "Has prohibited field NotPrincipal",
                at,
                "deny with a condition ArnNotEquals on aws:PrincipalArn instead",
            )
        elif self._kind == "rcp" and value != "*":
            self.report.error(
                "invalid-principal", 'A resource control policy has Principal: "*"', at, 'write "*"'
            )
        else:
            return False
        return True

    def _actions(self, data: dict[str, Plain], element: str, at: Address) -> tuple[str, ...] | None:
        if element not in data:
            return None
        here = (*at, element)
        if self._trust and element == "NotAction":
            self.report.error(
                "forbidden-element", "Has prohibited field NotAction", here,
                "name the sts: actions that the role trusts its principals with",
            )  # fmt: skip
        many = None if self._trust else many_actions(data[element])
        if many is not None:
            return many
        texts = self.report.texts(element, data[element], here, "missing-action")
        for text, place in texts:
            self.report.fault(action_fault(text, self._trust), place)
        return tuple([text for text, _ in texts])

    def _resources(
        self, data: dict[str, Plain], element: str, at: Address
    ) -> tuple[str, ...] | None:
        if element not in data:
            return None
        here = (*at, element)
        if self._trust:
            self.report.error(
                "forbidden-element",
                f"Has prohibited field {element}",
                here,
                "the resource of a role trust policy is the role itself; remove it",
            )
            return None
        texts = self.report.texts(element, data[element], here, "missing-resource")
        for text, place in texts:
            if text != "*":
                self.report.fault(resource_fault(text, self.report.variables), place)
                self.report.variable(text, place)
        return tuple([text for text, _ in texts])

    def _open_trust(self, statement: Statement, at: Address) -> None:
        """Warn of a trust policy that lets everybody in."""
        principals = statement.principals or {}
        everybody = "*" in principals or "*" in principals.get("AWS", ())
        if not everybody or statement.effect != "Allow":
            return
        for condition in statement.conditions:
            operator = parse_operator(condition.operator)
            if operator and not operator.negated and _NARROWING.fullmatch(condition.key):
                return
        self.report.warn(
            "trust-everybody",
            "The trust policy lets everybody assume the role",
            (*at, "Principal"),
            "name principals, or add a condition such as aws:PrincipalOrgID",
        )
