"""What temporary credentials are of no use for, whatever the policies say."""

import pytest

from iamctl.policy.calls import refusal_of_session
from iamctl.policy.request import federated_user_caller, session_caller, user_caller

ACCOUNT = "123456789012"
USER = user_caller(ACCOUNT, "alice")
SESSION = session_caller(ACCOUNT, "deployer", "night")
FEDERATED = federated_user_caller(ACCOUNT, "fred")


@pytest.mark.parametrize(
    ("caller", "mfa", "refused"),
    [
        (USER, None, ()),
        (USER, True, ("sts:getsessiontoken", "sts:decodeauthorizationmessage")),
        (USER, False, ("iam:listusers", "sts:getsessiontoken", "sts:decodeauthorizationmessage")),
        (SESSION, False, ("sts:getsessiontoken",)),
        (FEDERATED, None, ("iam:listusers", "sts:assumerole", "sts:getsessiontoken",
                           "sts:decodeauthorizationmessage")),
    ],
)  # fmt: skip
def test_calls_that_credentials_are_of_no_use_for(caller, mfa, refused):
    actions = (
        "iam:listusers", "iam:passrole", "sts:assumerole", "sts:getsessiontoken",
        "sts:decodeauthorizationmessage", "sts:tagsession", "sts:getcalleridentity", "s3:getobject",
    )  # fmt: skip
    assert tuple(a for a in actions if refusal_of_session(caller, a, mfa)) == refused
