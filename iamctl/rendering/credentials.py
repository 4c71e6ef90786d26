"""Temporary credentials in every form: for shells, for programs, in AWS's own response shape."""

from iamctl.domain.times import format_instant
from iamctl.services.assume import AssumeResult
from iamctl.services.user_session import UserSession
from iamctl.sts.session import Credentials


def values(credentials: Credentials, account: str) -> dict[str, str]:
    """The variables of the AWS SDKs and Tools Reference Guide, secrets revealed."""
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key.reveal_text(),
        "AWS_SESSION_TOKEN": credentials.session_token.reveal_text(),
        "AWS_CREDENTIAL_EXPIRATION": format_instant(credentials.expiration),
        "AWS_ACCOUNT_ID": account,
    }


def credentials_response(credentials: Credentials) -> dict[str, object]:
    """Credentials as every response of STS has them."""
    return {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key.reveal_text(),
        "SessionToken": credentials.session_token.reveal_text(),
        "Expiration": format_instant(credentials.expiration),
    }


def container_response(result: AssumeResult) -> dict[str, str]:
    """What a container credentials endpoint answers (AWS SDKs and Tools Reference Guide)."""
    credentials = result.credentials
    return {
        "RoleArn": result.role_arn,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key.reveal_text(),
        "Token": credentials.session_token.reveal_text(),
        "Expiration": format_instant(credentials.expiration),
        "AccountId": result.account,
    }


def assume_role_response(result: AssumeResult) -> dict[str, object]:
    """AssumeRole's response as the AWS CLI prints it."""
    response: dict[str, object] = {
        "Credentials": credentials_response(result.credentials),
        "AssumedRoleUser": {
            "AssumedRoleId": result.assumed_role_id,
            "Arn": result.assumed_role_arn,
        },
    }
    if result.packed is not None:
        response["PackedPolicySize"] = result.packed
    if result.source_identity is not None:
        response["SourceIdentity"] = result.source_identity
    return response


def session_token_response(session: UserSession) -> dict[str, object]:
    """GetSessionToken's response as the AWS CLI prints it."""
    return {"Credentials": credentials_response(session.credentials)}


def federation_token_response(session: UserSession) -> dict[str, object]:
    """GetFederationToken's response as the AWS CLI prints it."""
    response: dict[str, object] = {
        "Credentials": credentials_response(session.credentials),
        "FederatedUser": {"FederatedUserId": session.id, "Arn": session.arn},
    }
    if session.packed is not None:
        response["PackedPolicySize"] = session.packed
    return response
