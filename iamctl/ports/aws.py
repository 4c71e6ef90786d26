"""What services ask of real AWS, as interfaces."""

from typing import TYPE_CHECKING

from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple

if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object  # as in iamctl.ports


class RemoteIdentity(NamedTuple):
    """Whose credentials real AWS says that it was called with: GetCallerIdentity's answer."""

    account: str
    arn: str
    user_id: str


class RemoteCredentials(NamedTuple):
    """Temporary credentials of real AWS; `expiration` in epoch seconds."""

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret
    expiration: int


class RemoteSession(NamedTuple):
    """AssumeRole's answer. `id` is `AROA…:SESSION`; `packed_policy_size` in percent, if said."""

    credentials: RemoteCredentials
    arn: str
    id: str
    packed_policy_size: int | None
    source_identity: str | None


class MfaProof(NamedTuple):
    """The serial number (a virtual device's ARN) of an MFA device, and a code of it."""

    serial_number: str
    code: str


class AssumeRoleCall(NamedTuple):
    """AssumeRole's parameters; `duration` in seconds, `policy` JSON text."""

    role_arn: str
    session_name: str
    duration: int
    external_id: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    mfa: MfaProof | None = None


class RemoteSts(Protocol):
    """Real AWS's STS. Each call goes over the network.

    Every call may raise AccessDenied (AWS says no), NotAuthenticated (the credentials are none,
    over or not AWS's), InvalidValue (AWS takes a parameter for wrong), NotFound (the profile),
    Usage (no region), RemoteFailure (no answer, throttled, or not understood). `code` is AWS's.
    """

    @property
    def described(self) -> str:
        """The credentials that call, in words for a message."""

    def caller_identity(self) -> RemoteIdentity:
        """GetCallerIdentity."""

    def assume_role(self, call: AssumeRoleCall) -> RemoteSession:
        """AssumeRole."""

    def session_token(self, duration: int | None, mfa: MfaProof | None) -> RemoteCredentials:
        """GetSessionToken; `duration` in seconds, None for AWS's default."""

    def decoded_message(self, encoded: str) -> str | None:
        """DecodeAuthorizationMessage: JSON text, or None when AWS does not decode it for us."""


class ConsoleSignIn(Protocol):
    """The federation endpoint of AWS's sign-in, which exchanges a session for a URL."""

    def url(self, credentials: RemoteCredentials, destination: str) -> Secret:
        """A URL that signs a browser in and goes to the destination; good for 15 minutes.

        Raises NotAuthenticated when the session is not taken, RemoteFailure.
        """
