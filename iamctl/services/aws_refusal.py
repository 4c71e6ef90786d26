"""Why AWS and the directory file disagree: what each of them says, side by side.

Source of the decoded message's form: STS API Reference, DecodeAuthorizationMessage.
"""

import json
import re

from iamctl.domain.errors import AccessDenied
from iamctl.ports.aws import RemoteSts
from iamctl.sts.assume import AssumeDecision, denied

_ENCODED = re.compile(r"encoded authorization (?:failure )?message:?\s*([A-Za-z0-9_-]{20,})", re.I)
_MFA = "MultiFactorAuthentication failed"
_MEANS = (
    "so the role or its caller is not in AWS what the file says (drift), a service or resource "
    "control policy above the account forbids it, or an edit of the last minute has not reached "
    "all of AWS yet"
)
NOT_ASKED = "AWS was not asked: what the file refuses is not tried there"


def file_says_no(decision: AssumeDecision) -> AccessDenied:
    """The file's no, which is final: AWS's sentence, our reasons, and that AWS was not asked."""
    error = denied(decision)
    return AccessDenied(error.message, (*error.details, NOT_ASKED), hint=error.hint)


def both_sides(
    error: AccessDenied, decision: AssumeDecision, remote: RemoteSts, role_name: str
) -> AccessDenied:
    """AWS's no, although the decision on the file is a yes; a code that is no good is just that.

    A message that AWS encodes is decoded, when AWS does so for this caller.
    """
    from iamctl.policy.explain import describe_matched

    if error.message.startswith(_MFA):
        return AccessDenied(error.message, code=error.code, hint="wait for the next code")
    message, decoded = _decoded(error.message, remote)
    yes = map(describe_matched, decision.decision.statements)
    return AccessDenied(
        message,
        (*decoded, "AWS says so, although the file allows it:", *yes, _MEANS),
        code=error.code,
        hint=f"compare: aws iam get-role --role-name {role_name}",
    )


def _decoded(message: str, remote: RemoteSts) -> tuple[str, tuple[str, ...]]:
    """The message without its encoded part, and what that says."""
    found = _ENCODED.search(message)
    if found is None:
        return message, ()
    rest = " ".join(f"{message[: found.start()]} {message[found.end() :]}".split())
    rest = rest.removesuffix(".") or "AWS denies it"
    text = remote.decoded_message(found[1])
    if text is None:
        return rest, ("AWS's encoded reason was not decoded: sts:DecodeAuthorizationMessage",)
    return rest, (_in_words(text),)


def _in_words(text: str) -> str:
    """A decoded message in one line: the kind of denial, by what, of what."""
    try:
        said = json.loads(text)
        context = said["context"]
        kind = "an explicit deny" if said["explicitDeny"] else "no statement that allows it"
        who, action = context["principal"]["arn"], context["action"]
        by = [item["statementId"] for item in said["matchedStatements"]["items"]]
        where = f" in statement {', '.join(map(str, by))}" if any(by) else ""
        return f"AWS, decoded: {kind}{where}, for {who}, {action} on {context['resource']}"
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"AWS, decoded: {text[:500]}"
