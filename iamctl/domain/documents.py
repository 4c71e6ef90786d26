"""Policy documents: AWS's grammar as types, and reading one out of plain data.

Rules: the IAM User Guide's policy grammar pages.
"""

from iamctl.domain.documents_types import Condition as Condition
from iamctl.domain.documents_types import DocumentKind as DocumentKind
from iamctl.domain.documents_types import Effect as Effect
from iamctl.domain.documents_types import PolicyDocument as PolicyDocument
from iamctl.domain.documents_types import Statement as Statement
from iamctl.domain.source import Locate, Plain, Problem, nowhere


def parse_document(
    data: Plain, kind: DocumentKind, locate: Locate = nowhere
) -> tuple[PolicyDocument | None, tuple[Problem, ...]]:
    """The document that plain data holds, with everything that is wrong with it.

    Addresses in problems, and those asked of `locate`, are relative to the document
    ("Statement", 0, "Action"). The document is None when any problem is an error. A document
    without Version, or of 2008-10-17, is read as AWS reads it, with the warning "version".
    """
    # Imported here, since many commands read no document.
    from iamctl.domain.documents_parse import DocumentReader

    reader = DocumentReader(kind, locate)
    document = reader.read(data)
    return document, tuple(reader.report.problems)
