"""Real AWS's STS, through botocore: its profiles, its endpoints, its signatures, its retries.

botocore is an extra; it is imported when the first call is made.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from iamctl.aws.failures import Calling, failure_of, without_credentials, without_endpoint
from iamctl.domain.errors import ExtraMissing, IamctlError, NotAuthenticated, RemoteFailure, Usage
from iamctl.domain.names import shown
from iamctl.domain.secret import Secret
from iamctl.files import read_bytes
from iamctl.ports.aws import (
    AssumeRoleCall,
    MfaProof,
    RemoteCredentials,
    RemoteIdentity,
    RemoteSession,
)

IsOurs = Callable[[str, str], bool]
"""Whether an access key id and its session token (or "") are iamctl's own, which AWS refuses."""

_WHERE = (
    "AWS_CONFIG_FILE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_SHARED_CREDENTIALS_FILE",
)
_WHO = (
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
_ELSEWHERE = b"credential_source"
"""The setting of a profile whose own credentials are of the environment."""
_WITHIN = "IAMCTL_WITHIN_AWS"
_Keys = tuple[str, str, str | None]
_NOBODY: _Keys = ("nobody", "nothing", None)
_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 5, 10, 3


def called_as(
    environ: Mapping[str, str],
    profile: str | None,
    region: str | None,
    config_files: Sequence[str] = (),
) -> dict[str, str]:
    """What tells one way of calling AWS from another, without a secret: profile, region, endpoint,
    what the config files hold, and without a profile, or where a profile may send for its keys to
    the environment, whatever else the credentials are found by.

    The files are told apart by hashes: a profile that became another one is another way of calling.
    """
    texts = {path: _held(path) for path in config_files}
    by_profile = profile is not None and not any(_ELSEWHERE in text for text in texts.values())
    names = _WHERE if by_profile else (*_WHERE, *_WHO)
    found = {name: environ[name] for name in names if environ.get(name)}
    hashes = {path: sha256(text).hexdigest() for path, text in texts.items()}
    return {**found, **hashes, "profile": profile or "", "region": region or ""}


def _held(path: str) -> bytes:
    """What a file holds; one that cannot be read holds nothing here: botocore says why."""
    try:
        return read_bytes(path, allow_any=True)
    except IamctlError:
        return b""


class BotocoreSts:
    """STS as one profile of the AWS config files calls it, in one region.

    Without a profile the credentials are found as every SDK finds them, environment first; what
    is iamctl's own there is passed over. `settings` is the dotted name of the settings that say
    so, for messages. Without a region it is AWS_REGION's, else the profile's.
    Raises Usage where iamctl calls it only to find those credentials.
    """

    def __init__(
        self, profile: str | None, region: str | None, is_ours: IsOurs, settings: str
    ) -> None:
        if _WITHIN in os.environ:  # it would wait for itself for ever
            raise Usage(
                "this call comes from the program of an AWS profile that iamctl itself calls with",
                hint="a profile must not get its credentials by way of `--aws`",
            )
        self._profile = profile
        self._region = region
        self._is_ours = is_ours
        described = "the AWS default chain" if profile is None else f"AWS profile {shown(profile)}"
        self._calling = Calling(described, settings)
        self._made: Any = None

    @property
    def described(self) -> str:
        """The credentials that call, in words for a message."""
        return self._calling.described

    def caller_identity(self) -> RemoteIdentity:
        """GetCallerIdentity."""
        answer = self._called("get_caller_identity", {})
        return RemoteIdentity(
            _text(answer, "Account"), _text(answer, "Arn"), _text(answer, "UserId")
        )

    def assume_role(self, call: AssumeRoleCall) -> RemoteSession:
        """AssumeRole."""
        answer = self._called("assume_role", _parameters(call))
        user = answer.get("AssumedRoleUser")
        return RemoteSession(
            credentials=_credentials(answer),
            arn=_text(user, "Arn"),
            id=_text(user, "AssumedRoleId"),
            packed_policy_size=answer.get("PackedPolicySize"),
            source_identity=answer.get("SourceIdentity"),
        )

    def session_token(self, duration: int | None, mfa: MfaProof | None) -> RemoteCredentials:
        """GetSessionToken; `duration` in seconds, None for AWS's default."""
        parameters: dict[str, object] = {} if duration is None else {"DurationSeconds": duration}
        return _credentials(self._called("get_session_token", parameters | _mfa(mfa)))

    def decoded_message(self, encoded: str) -> str | None:
        """DecodeAuthorizationMessage: JSON text, or None when AWS does not decode it for us."""
        try:
            answer = self._called("decode_authorization_message", {"EncodedMessage": encoded})
        except IamctlError:
            return None
        return _text(answer, "DecodedMessage")

    def _called(self, operation: str, parameters: Mapping[str, object]) -> Any:
        """The answer of one operation, in the SDK's shape."""
        if self._made is None:
            self._made = self._client()
        try:
            return getattr(self._made, operation)(**parameters)
        except Exception as error:
            raise failure_of(error, self._calling, self._made.meta.endpoint_url) from None

    def _client(self) -> Any:
        try:
            import botocore.session
        except ImportError:
            raise ExtraMissing(
                "real AWS is called through botocore, which is not installed",
                hint="run: pip install 'iamctl[aws]'",
            ) from None
        try:
            session = botocore.session.Session(profile=self._profile)
            session.set_config_variable("sts_regional_endpoints", "regional")
            return self._connected(session, self._keys(session))
        except IamctlError:
            raise
        except Exception as error:
            raise failure_of(error, self._calling, "") from None

    def _keys(self, session: Any) -> _Keys:
        """The credentials as they are now. Raises NotAuthenticated."""
        try:
            found = self._frozen(session)
        except ValueError:  # a profile's own role is had from the same endpoint: is it to blame?
            self._connected(session, _NOBODY)
            raise
        return found.access_key, found.secret_key, found.token

    def _connected(self, session: Any, keys: _Keys) -> Any:
        """A client that calls with the keys. Raises InvalidValue for an endpoint that is no URL."""
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        key_id, secret, token = keys
        config = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            user_agent_extra="iamctl",
        )
        region = self._region_of(session)
        try:
            client = session.create_client(
                "sts",
                region_name=region,
                aws_access_key_id=key_id,
                aws_secret_access_key=secret,
                aws_session_token=token,
                config=config,
            )
            _ = urlsplit(client.meta.endpoint_url).port  # else read at the first call
        except BotoCoreError:  # of which some are ValueErrors too
            raise
        except ValueError:
            raise without_endpoint() from None
        return client

    def _region_of(self, session: Any) -> str:
        """An explicit region: an STS of nowhere in particular is another machine's default."""
        region = (
            self._region or os.environ.get("AWS_REGION") or session.get_config_variable("region")
        )
        if not region:
            raise Usage(
                "no region says which STS of AWS's to call",
                hint=f"set AWS_REGION, or run: {self._calling.setting('region', 'REGION')}",
            )
        return str(region)

    def _frozen(self, session: Any) -> Any:
        """The credentials as they are now, real ones. Raises NotAuthenticated."""
        key_id = os.environ.get("AWS_ACCESS_KEY_ID", "")
        token = os.environ.get("AWS_SESSION_TOKEN") or os.environ.get("AWS_SECURITY_TOKEN") or ""
        if self._profile is None and key_id and self._is_ours(key_id, token):
            session.get_component("credential_provider").remove("env")
        with _for_a_program():
            found = session.get_credentials()
            frozen = None if found is None else found.get_frozen_credentials()
        if frozen is None or not frozen.access_key:
            raise without_credentials(self._calling)
        if self._is_ours(frozen.access_key, frozen.token or ""):
            raise NotAuthenticated(
                f"{self.described} gives credentials of iamctl's own, which AWS does not know",
                hint=f"choose another profile: {self._calling.setting('profile', 'NAME')}",
            )
        return frozen


@contextmanager
def _for_a_program() -> Iterator[None]:
    """A profile may name a program: it, like every child, inherits no variable of ours, but the
    one that keeps it from calling with the same profile."""
    ours = {name: value for name, value in os.environ.items() if name.startswith("IAMCTL_")}
    for name in ours:
        del os.environ[name]
    os.environ[_WITHIN] = "1"
    try:
        yield
    finally:
        del os.environ[_WITHIN]
        os.environ.update(ours)


def _parameters(call: AssumeRoleCall) -> dict[str, object]:
    wanted: dict[str, object] = {
        "RoleArn": call.role_arn,
        "RoleSessionName": call.session_name,
        "DurationSeconds": call.duration,
        "ExternalId": call.external_id,
        "Tags": [{"Key": key, "Value": value} for key, value in call.tags],
        "TransitiveTagKeys": list(call.transitive_tag_keys),
        "SourceIdentity": call.source_identity,
        "Policy": call.policy,
        "PolicyArns": [{"arn": arn} for arn in call.policy_arns],
    }
    given = {name: value for name, value in wanted.items() if value not in (None, [])}
    return given | _mfa(call.mfa)


def _mfa(mfa: MfaProof | None) -> dict[str, object]:
    return {} if mfa is None else {"SerialNumber": mfa.serial_number, "TokenCode": mfa.code}


def _credentials(answer: Any) -> RemoteCredentials:
    found = answer.get("Credentials")
    expiration = found.get("Expiration") if isinstance(found, dict) else None
    try:
        ends = int(expiration.timestamp())  # type: ignore[union-attr]
    except (AttributeError, ValueError, OverflowError):
        raise _not_understood() from None
    return RemoteCredentials(
        _text(found, "AccessKeyId"),
        Secret(_text(found, "SecretAccessKey")),
        Secret(_text(found, "SessionToken")),
        ends,
    )


def _text(answer: Any, name: str) -> str:
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value:
        raise _not_understood()
    return value


def _not_understood() -> RemoteFailure:
    return RemoteFailure(
        "what answered is not AWS's STS: its answer lacks what the call is for",
        hint="look at AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS and the proxy variables",
    )
