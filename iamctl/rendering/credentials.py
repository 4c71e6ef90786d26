"""Temporary credentials in every form: for shells, for programs, in AWS's own response shape."""

from iamctl.domain.times import format_instant
from iamctl.rendering.shells import credentials_text, github_masks
from iamctl.services.assume import AssumeResult


def values(result: AssumeResult) -> dict[str, str]:
    """The variables of the AWS SDKs and Tools Reference Guide, secrets revealed."""
    credentials = result.credentials
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key.reveal_text(),
        "AWS_SESSION_TOKEN": credentials.session_token.reveal_text(),
        "AWS_CREDENTIAL_EXPIRATION": format_instant(credentials.expiration),
        "AWS_ACCOUNT_ID": result.assumed_role_arn.split(":")[4],
    }


def text(form: str, result: AssumeResult) -> str:
    """The credentials in any form but json."""
    return credentials_text(form, values(result))


def masks(result: AssumeResult) -> str:
    """What hides the secrets in the log of a GitHub job; the runner reads it from stderr."""
    return github_masks(values(result))


def assume_role_response(result: AssumeResult) -> dict[str, object]:
    """AssumeRole's response as the AWS CLI prints it."""
    credentials = result.credentials
    response: dict[str, object] = {
        "Credentials": {
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key.reveal_text(),
            "SessionToken": credentials.session_token.reveal_text(),
            "Expiration": format_instant(credentials.expiration),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": result.assumed_role_id,
            "Arn": result.assumed_role_arn,
        },
    }
    if result.source_identity is not None:
        response["SourceIdentity"] = result.source_identity
    return response
