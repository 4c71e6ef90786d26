"""What goes wrong when AWS is called, as our errors; nothing of botocore's own shows through.

The codes are those of the STS API Reference's common errors and of botocore's STS model.
"""

from typing import Any, NamedTuple

from iamctl.domain.errors import (
    AccessDenied,
    IamctlError,
    InvalidValue,
    NotAuthenticated,
    NotFound,
    RemoteFailure,
    Usage,
)
from iamctl.domain.names import shown

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_NOT_AUTHENTICATED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_INVALID = {
    "InvalidAuthorizationMessageException",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "MalformedPolicyDocument",
    "MissingParameter",
    "PackedPolicyTooLarge",
    "ValidationError",
    "ValidationException",
}
_THROTTLED = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown", "BandwidthLimit")

_SIGN_IN_AGAIN = (
    "SSOError",
    "SSOTokenLoadError",
    "UnauthorizedSSOTokenError",
    "TokenRetrievalError",
    "NoAuthTokenError",
    "LoginError",
)
_NO_ANSWER = ("ConnectionError", "HTTPClientError")
_LONGEST = 2000


class Calling(NamedTuple):
    """How AWS is called: the credentials in words, and the settings that say so, in dotted form."""

    described: str
    settings: str

    def setting(self, name: str, value: str) -> str:
        """The command that says so."""
        return f"iamctl config set {self.settings}.{name} {value}"


def without_credentials(calling: Calling) -> NotAuthenticated:
    """The error when no credentials of AWS's are found."""
    return NotAuthenticated(
        f"no credentials were found for {calling.described}",
        code="MissingAuthenticationToken",
        hint=f"sign in to AWS, or name a profile: {calling.setting('profile', 'NAME')}",
    )


def without_endpoint() -> InvalidValue:
    """The error when what is said of the endpoint is no URL; it may hold a password."""
    return InvalidValue(
        "the endpoint that your settings of AWS name for STS is no URL",
        hint="look at AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, and endpoint_url in the AWS config "
        "file",
    )


def failure_of(error: Exception, calling: Calling, endpoint: str) -> IamctlError:
    """The error of ours that an exception of botocore's, or of what it calls, is.

    `endpoint` is the URL that was called, empty when the credentials were still being found.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    if isinstance(error, ClientError):
        return _refusal(error.response, calling.described)
    if isinstance(error, BotoCoreError):
        return _of_botocore(error, calling, endpoint)
    if endpoint:  # what came back breaks botocore's parsers in many ways
        return RemoteFailure(
            f"{endpoint} answered with something that is no response of AWS's",
            hint="look at AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS and the proxy variables",
        )
    # A credential_process may print anything; what it printed may be secret.
    return NotAuthenticated(
        f"the credentials of {calling.described} cannot be read ({type(error).__name__})",
        hint="see what `aws sts get-caller-identity` says in this profile",
    )


def _refusal(response: Any, described: str) -> IamctlError:
    """An error that AWS itself answered with, by its code."""
    error = response.get("Error", {})
    code = str(error.get("Code") or "Unknown")
    message = _sentence(str(error.get("Message") or code))
    if code in _DENIED:
        return AccessDenied(message, code=code)
    if code in _NOT_AUTHENTICATED:
        return NotAuthenticated(message, code=code, hint=f"AWS says so of {described}")
    if code in _INVALID:
        return InvalidValue(message, code=code)
    if code == "RegionDisabledException":
        return AccessDenied(message, code=code, hint="an administrator of the account enables it")
    if code.startswith(_THROTTLED):
        return RemoteFailure(
            f"AWS still throttles the call after several attempts: {message}",
            code=code,
            hint="wait a little, then repeat it",
        )
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return RemoteFailure(f"AWS failed with {code} (HTTP {status}): {message}", code=code)


def _of_botocore(error: Exception, calling: Calling, endpoint: str) -> IamctlError:
    """What botocore says before, or instead of, an answer of AWS's, by its class."""
    described = calling.described
    kinds = [kind.__name__ for kind in type(error).__mro__]
    name, said = kinds[0], _sentence(str(error))
    if name == "ProfileNotFound":
        return NotFound(
            f"{described} is not in the AWS config files",
            hint=f"choose one: {calling.setting('profile', 'NAME')}",
        )
    if "NoCredentialsError" in kinds:
        return without_credentials(calling)
    if any(kind in _SIGN_IN_AGAIN for kind in kinds):
        return NotAuthenticated(
            f"the sign-in of {described} is over or missing: {said}",
            code="ExpiredToken",
            hint="run `aws sso login` (or `aws login`) for this profile",
        )
    if "CredentialRetrievalError" in kinds or "PartialCredentialsError" in kinds:
        return NotAuthenticated(
            f"the credentials of {described} cannot be had: {said}",
            hint="see what `aws sts get-caller-identity` says in this profile",
        )
    if "SSLError" in kinds:
        return RemoteFailure(
            f"the certificate of {endpoint} is not trusted",
            hint="behind a proxy of your company's, set AWS_CA_BUNDLE to its certificates",
        )
    if any(kind in _NO_ANSWER for kind in kinds):
        return RemoteFailure(
            f"AWS does not answer: {said}",
            hint="look at the network and the region, then repeat it",
        )
    if "ParamValidationError" in kinds:
        return InvalidValue(said)
    if name in (
        "InvalidRegionError",
        "NoRegionError",
        "UnknownEndpointError",
        "UnknownRegionError",
    ):
        return Usage(f"the region is none of AWS's: {said}", hint="look at AWS_REGION")
    if name in ("ConfigParseError", "ConfigNotFound", "InvalidConfigError"):
        return InvalidValue(f"the AWS config files cannot be used: {said}")
    return RemoteFailure(f"AWS cannot be called for {described}: {said}")


def _sentence(text: str) -> str:
    """A message as one line without a full stop, cut when somebody sends a book."""
    line = " ".join(text.split())
    return shown(line, _LONGEST)[1:-1].removesuffix(".")
