"""Reading the Condition element. Rule: the IAM User Guide's page on condition operators."""

import json
import re
from collections.abc import Iterator

from iamctl.domain.documents_conditions import (
    PARSERS,
    WITH_VARIABLES,
    Operator,
    operator_names,
    parse_operator,
)
from iamctl.domain.documents_report import Report
from iamctl.domain.documents_types import Condition
from iamctl.domain.documents_variables import variables_of
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.patterns import Pattern
from iamctl.domain.source import Address, Plain

_CONDITION_KEY = Pattern(r"[^\s:${}*?][^\s:${}*?]*:\S(?:.*\S)?")
_TAG_KEYS = Pattern(
    r"(?:aws|iam|s3):(?:Principal|Request|Resource|ExistingObject)Tag/?", re.IGNORECASE
)


class ConditionReader:
    """Reads Condition blocks into conditions."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def read(self, data: dict[str, Plain], at: Address) -> tuple[Condition, ...]:
        if "Condition" not in data:
            return ()
        block, here = data["Condition"], (*at, "Condition")
        if not isinstance(block, dict):
            self.report.wrong_type("Condition", "a mapping of operators", block, here)
            return ()
        found: list[Condition] = []
        for name, keys in block.items():
            operator = self._operator(name, (*here, name))
            if not isinstance(keys, dict):
                self.report.wrong_type(
                    f"Operator {name[:60]}", "a mapping of keys", keys, (*here, name)
                )
            elif operator is not None:
                found += self._operands(name, operator, keys, (*here, name))
        return tuple(found)

    def _operator(self, name: str, at: Address) -> Operator | None:
        operator = parse_operator(name)
        if operator is None:
            if name.rpartition(":")[2] == "NullIfExists":
                self.report.error(
                    "null-if-exists", "Null cannot have the suffix IfExists", at, "use Null"
                )
            else:
                self.report.error(
                    "invalid-operator",
                    f"{shown(name)} is not a condition operator",
                    at,
                    did_you_mean(name, operator_names()),
                )
        return operator

    def _operands(
        self, name: str, operator: Operator, keys: dict[str, Plain], at: Address
    ) -> Iterator[Condition]:
        seen: set[str] = set()
        for key, value in keys.items():
            here = (*at, key)
            self._condition_key(key, here)
            if key.lower() in seen:
                self.report.error(
                    "duplicate-condition-key",
                    f"Condition key {shown(key)} stands twice under {name} in different case",
                    here,
                    "condition keys ignore case: put the values in one list",
                )
            seen.add(key.lower())
            yield Condition(name, key, tuple(self._condition_values(operator, value, here)))

    def _condition_key(self, key: str, at: Address) -> None:
        self.report.characters(key, at)
        if _CONDITION_KEY.fullmatch(key) is None:
            self.report.error(
                "invalid-condition-key",
                f"{shown(key)} is not a condition key",
                at,
                "write service:key, such as aws:PrincipalArn",
            )
        elif _TAG_KEYS.fullmatch(key):
            self.report.error(
                "invalid-condition-key",
                f"Condition key {shown(key)} lacks the key of a tag",
                at,
                "write aws:PrincipalTag/KEY",
            )

    def _condition_values(self, operator: Operator, value: Plain, at: Address) -> Iterator[str]:
        if not isinstance(value, list):
            yield from self._condition_value(operator, value, at)
            return
        if not value:
            self.report.warn(
                "empty-list", "The condition key has no values", at, "it has no effect"
            )
        for index, item in enumerate(value):
            yield from self._condition_value(operator, item, (*at, index))

    def _condition_value(self, operator: Operator, value: Plain, at: Address) -> Iterator[str]:
        if isinstance(value, str):
            text = value
            self.report.characters(text, at)
        elif isinstance(value, bool | int | float):
            text = json.dumps(value)
        else:
            self.report.wrong_type("A condition value", "text, a number or a boolean", value, at)
            return
        if "${" in text:
            self._condition_variable(operator, text, at)
        else:
            parser = PARSERS.get(operator.family)
            if parser is not None and parser(text) is None:
                self.report.warn(
                    "type-mismatch",
                    f"{operator.base} cannot compare {shown(text)}",
                    at,
                    "such a value never matches",
                )
        yield text

    def _condition_variable(self, operator: Operator, text: str, at: Address) -> None:
        self.report.variable(text, at)
        if self.report.variables and operator.family not in WITH_VARIABLES and variables_of(text):
            self.report.error(
                "variable-operator",
                f"Policy variables cannot stand in values of {operator.base}",
                at,
                "only String, Arn and Bool operators take them",
            )
