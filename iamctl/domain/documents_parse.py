"""Reading a policy document out of plain data. Rule: the IAM User Guide's policy grammar."""

from collections.abc import Iterator

from iamctl.domain.documents_report import NEW_VERSION, OLD_VERSION, Report, spelled
from iamctl.domain.documents_statement import StatementReader
from iamctl.domain.documents_types import DocumentKind, PolicyDocument, Statement
from iamctl.domain.source import Locate, Plain

_DOCUMENT_ELEMENTS = ("Version", "Id", "Statement")


class DocumentReader:
    """Reads one document; `report.problems` holds what is wrong with it."""

    def __init__(self, kind: DocumentKind, locate: Locate) -> None:
        self.report = Report(locate)
        self._kind = kind
        self._reader = StatementReader(kind, self.report, locate)

    def read(self, data: Plain) -> PolicyDocument | None:
        """The document, or None when anything in it is an error."""
        if not isinstance(data, dict):
            self.report.error(
                "invalid-type", "Syntax errors in policy", (), "a policy is a mapping"
            )
            return None
        self.report.unknown(data, _DOCUMENT_ELEMENTS, ())
        version = self._version(data)
        self.report.variables = version == NEW_VERSION
        identifier = self._identifier(data)
        statements = tuple(self._statements(data))
        if any(problem.severity == "error" for problem in self.report.problems):
            return None
        return PolicyDocument(statements, version, identifier)

    def _version(self, data: dict[str, Plain]) -> str:
        version = data.get("Version", OLD_VERSION)
        if version not in (OLD_VERSION, NEW_VERSION):
            self.report.error(
                "invalid-version",
                f"Version {spelled(version)} is not one AWS knows",
                ("Version",),
                f'write "{NEW_VERSION}"',
            )
            return NEW_VERSION
        if version == OLD_VERSION:
            at = ("Version",) if "Version" in data else ()
            self.report.warn(
                "version",
                "The document has no Version and is read as 2008-10-17"
                if not at
                else "The document is of version 2008-10-17",
                at,
                f'policy variables are plain text in it; write Version: "{NEW_VERSION}"',
            )
            return OLD_VERSION
        return NEW_VERSION

    def _identifier(self, data: dict[str, Plain]) -> str | None:
        if "Id" not in data:
            return None
        value = data["Id"]
        if not isinstance(value, str):
            self.report.wrong_type("Id", "text", value, ("Id",))
            return None
        if self._kind not in ("trust", "resource"):
            self.report.error(
                "forbidden-element",
                "Has prohibited field Id",
                ("Id",),
                "only resource-based policies have an Id; remove it",
            )
        self.report.characters(value, ("Id",))
        return value

    def _statements(self, data: dict[str, Plain]) -> Iterator[Statement]:
        if "Statement" not in data:
            self.report.error("missing-statement", "The policy has no Statement", ())
            return
        value = data["Statement"]
        if isinstance(value, dict):
            yield from self._reader.read(value, ("Statement",))
        elif isinstance(value, list):
            if not value:
                self.report.error(
                    "missing-statement", "The policy has no statements", ("Statement",)
                )
            for index, item in enumerate(value):
                at = ("Statement", index)
                if isinstance(item, dict):
                    yield from self._reader.read(item, at)
                else:
                    self.report.wrong_type("A statement", "a mapping", item, at)
        else:
            self.report.wrong_type(
                "Statement", "a mapping or a list of them", value, ("Statement",)
            )
