"""Temporary credentials in every form: for shells, for programs, in AWS's own response shape."""

from typing import TYPE_CHECKING

from iamctl.domain.times import format_instant

if TYPE_CHECKING:
    from iamctl.services.assume import AssumeResult
    from iamctl.services.federated import SamlResult, WebIdentityResult
    from iamctl.services.user_session import UserSession
    from iamctl.sts.session import Credentials


def values(credentials: "Credentials", account: str) -> dict[str, str]:
    """The variables of the AWS SDKs and Tools Reference Guide, secrets revealed."""
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key.reveal_text(),
        "AWS_SESSION_TOKEN": credentials.session_token.reveal_text(),
        "AWS_CREDENTIAL_EXPIRATION": format_instant(credentials.expiration),
        "AWS_ACCOUNT_ID": account,
    }


def credentials_response(credentials: "Credentials") -> dict[str, object]:
    """Credentials as every response of STS has them."""
    return {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key.reveal_text(),
        "SessionToken": credentials.session_token.reveal_text(),
        "Expiration": format_instant(credentials.expiration),
    }


def container_response(result: "AssumeResult") -> dict[str, str]:
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


def assume_role_response(result: "AssumeResult") -> dict[str, object]:
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


def web_identity_response(result: "WebIdentityResult") -> dict[str, object]:
    """AssumeRoleWithWebIdentity's response as the AWS CLI prints it."""
    return {
        **assume_role_response(result.session),
        "SubjectFromWebIdentityToken": result.subject,
        "Provider": result.provider,
        "Audience": result.audience,
    }


def saml_response(result: "SamlResult") -> dict[str, object]:
    """AssumeRoleWithSAML's response as the AWS CLI prints it."""
    return {
        **assume_role_response(result.session),
        "Subject": result.subject,
        "SubjectType": result.subject_type,
        "Issuer": result.issuer,
        "Audience": result.audience,
        "NameQualifier": result.name_qualifier,
    }


def session_token_response(session: "UserSession") -> dict[str, object]:
    """GetSessionToken's response as the AWS CLI prints it."""
    return {"Credentials": credentials_response(session.credentials)}


def federation_token_response(session: "UserSession") -> dict[str, object]:
    """GetFederationToken's response as the AWS CLI prints it."""
    response: dict[str, object] = {
        "Credentials": credentials_response(session.credentials),
        "FederatedUser": {"FederatedUserId": session.id, "Arn": session.arn},
    }
    if session.packed is not None:
        response["PackedPolicySize"] = session.packed
    return response


def credentials_for_identity_response(
    identity: str, credentials: "Credentials"
) -> dict[str, object]:
    """Cognito's GetCredentialsForIdentity's response, in which the secret is called otherwise."""
    said = credentials_response(credentials)
    secret = said.pop("SecretAccessKey")
    return {
        "IdentityId": identity,
        "Credentials": {"AccessKeyId": said.pop("AccessKeyId"), "SecretKey": secret, **said},
    }
