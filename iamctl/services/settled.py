"""The context keys that a directory and the clock settle for a principal, absent ones among them.

All others, such as the caller's address, a user's MFA or the tags of a bucket, only the request
settles. Rule: the IAM User Guide, "AWS global condition context keys".
"""

from iamctl.services.subjects import Subject

_ALWAYS = frozenset(
    {
        "aws:username",
        "aws:currenttime",
        "aws:epochtime",
        "aws:securetransport",
        "aws:viaawsservice",
        "aws:tokenissuetime",
    }
)
_OF_SESSIONS = frozenset({"aws:multifactorauthpresent", "aws:multifactorauthage"})
"""A role's session never says that there was MFA; a user, root too, may have used it."""
_OF_USERS = frozenset({"aws:sourceidentity", "aws:federatedprovider"})
"""A user has no source identity and comes from no provider, as a role's session may."""


PRINCIPAL_TAG = "aws:principaltag/"
"""How the keys of a principal's tags begin: open where a session may bring its own."""


def settled_keys(subject: Subject) -> frozenset[str]:
    """The keys, in lower case, whose value or absence is known whatever the request is."""
    principal = subject.principal
    long_term = principal.type in ("User", "Account")
    keys = _ALWAYS | (_OF_USERS if long_term else _OF_SESSIONS)
    # A session's aws:userid ends in its name, which nobody may have said.
    nameless = principal.type == "AssumedRole" and not principal.userid
    return keys if nameless else keys | {"aws:userid"}
