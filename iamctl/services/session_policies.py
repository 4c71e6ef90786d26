"""Session policies as they are passed: up to ten managed ones and one document.

Source: the STS API Reference, AssumeRole (Policy, PolicyArns) and GetFederationToken.
"""

from collections.abc import Sequence

from iamctl.domain.arns import is_aws_managed
from iamctl.domain.directory import Directory
from iamctl.domain.documents import parse_document
from iamctl.domain.entities import Policy
from iamctl.domain.errors import InvalidValue, MalformedPolicyDocument, NotFound
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.source import Plain
from iamctl.policy.collect import Managed
from iamctl.services.documents import document_json

_MOST = 10
_PLAINTEXT = 2048


def session_policies(
    directory: Directory, managed: Managed, references: Sequence[str], document: Plain = None
) -> tuple[str, ...]:
    """What a session carries: the ARNs of managed policies, then the document as JSON text.

    `references` are names of this file or ARNs. The characters of all together, the document
    without blanks between its tokens, are 2,048 at most. Raises InvalidValue (ValidationError),
    NotFound, MalformedPolicyDocument.
    """
    if len(references) > _MOST:
        raise InvalidValue(f"at most {_MOST} managed session policies can be passed")
    arns = [_arn(directory, managed, reference) for reference in references]
    texts = (*dict.fromkeys(arns), *(() if document is None else (_text(document),)))
    length = sum(map(len, texts))
    if length > _PLAINTEXT:
        raise InvalidValue(
            f"the session policies have {length} characters together, more than {_PLAINTEXT}",
            hint="attach a policy to the role instead, or pass a shorter one",
        )
    return texts


def _arn(directory: Directory, managed: Managed, reference: str) -> str:
    """The ARN of a policy that there is; it must stand in the role's account, or be AWS's."""
    if is_aws_managed(reference):
        if managed(reference) is None:
            raise NotFound(f"policy {shown(reference, 200)} does not exist among AWS's")
        return reference
    found = directory.local_policy(reference)
    if not isinstance(found, Policy):
        near = did_you_mean(reference.rpartition("/")[2], directory.policies)
        raise NotFound(f"policy {shown(reference, 200)} does not exist", hint=near)
    return directory.arn(found)


def _text(document: Plain) -> str:
    parsed, problems = parse_document(document, "session")
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or parsed is None:
        raise MalformedPolicyDocument.of(errors)
    return document_json(document, indent=None)
