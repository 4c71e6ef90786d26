"""How every command that gets a role's session gets it, from what its command line says."""

from typing import TYPE_CHECKING

from iamctl.cli.mfa_code import MfaCodes
from iamctl.cli.opened import Opened
from iamctl.cli.values import parse_tags, unaliased
from iamctl.domain.errors import Usage
from iamctl.domain.times import parse_duration
from iamctl.domain.tuples import NamedTuple
from iamctl.services.assume import AssumeResult
from iamctl.services.office import CacheUse, MfaAsked, Office
from iamctl.services.role_session import RoleAsked, role_session
from iamctl.sts.terms import AssumeRequest

if TYPE_CHECKING:
    from iamctl.bootstrap import Runtime
    from iamctl.domain.directory import Directory
    from iamctl.domain.source import Plain
    from iamctl.services.aws_session import Mirrored

IN_SHELLS = "5m"
"""What a kept session must last at least; SDKs, which refresh at 15 minutes, want more."""
FOR_SDKS = "16m"


class Wanted(NamedTuple):
    """A role's session as the command line asks for it; texts are as they were typed."""

    role: str | None = None
    role_arn: str | None = None
    directory: str | None = None
    as_user: str | None = None
    chain: bool = False
    session_name: str | None = None
    duration: str | None = None
    external_id: str | None = None
    tags: list[str] | None = None
    aws_tags: list[str] | None = None
    transitive: list[str] | None = None
    source_identity: str | None = None
    policy: str | None = None
    policy_arns: list[str] | None = None
    mfa_serial: str | None = None
    mfa_code: str | None = None
    min_ttl: str = IN_SHELLS
    no_cache: bool = False
    aws: bool = False
    unattended: bool = False
    """Nobody is asked for an MFA code: another program has the terminal."""


def obtain(wanted: Wanted, runtime: "Runtime") -> AssumeResult:
    """The session that is wanted, decided on the directory file as it is now.

    Raises whatever keeps it from being granted: Usage, NotFound, NotAuthenticated, AccessDenied,
    InvalidValue, InvalidDirectory, MalformedPolicyDocument, VaultUnavailable, Interrupted; of real
    AWS RemoteFailure and ExtraMissing too.
    """
    asked = RoleAsked(
        _role(runtime, wanted),
        _request(runtime, wanted),
        policy_arns(wanted.policy_arns),
        policy_document(wanted.policy),
    )
    mfa = mfa_asked(runtime, wanted.mfa_serial, wanted.mfa_code, wanted.unattended)
    opened = Opened(wanted.directory, runtime)
    office = office_of(opened, wanted.directory, wanted.as_user, wanted.chain)
    cache = cache_use(wanted.min_ttl, wanted.no_cache)
    if not wanted.aws:
        return role_session(office, asked, mfa, cache)
    from iamctl.services.aws_session import aws_role_session

    mirrored = mirrored_account(opened, wanted.as_user, wanted.chain)
    return aws_role_session(office, asked, mfa, cache, mirrored)


def mirrored_account(opened: Opened, as_user: str | None, chain: bool) -> "Mirrored":
    """The real account that the settings pin to the directory. Raises Usage for `--as`."""
    directory = opened.directory
    if as_user is not None:
        raise Usage(
            "--as names a user whose key is in this machine's vault: AWS is called with a profile",
            hint=f"choose it: iamctl config set directories.{directory.uuid}.aws.profile NAME",
        )
    return opened.runtime.mirrored(directory, chain)


def office_of(first: Opened, directory: str | None, as_user: str | None, chain: bool) -> Office:
    """What sessions are got with: the first reading serves once, later ones open `directory`, the
    option, anew. Raises VaultUnavailable, and when read again what `Opened` does."""
    runtime, waiting = first.runtime, [first]

    def read() -> "tuple[Directory, int]":
        opened = waiting.pop() if waiting else Opened(directory, runtime)
        return opened.directory, opened.now

    return Office(
        open=read,
        sources=first.sources(as_user, chain),
        vault=first.vault(),
        catalogue=runtime.catalogue,
        randomness=runtime.randomness,
        clock=runtime.now,
        wait_until=runtime.wait_until,
        flight=lambda key: runtime.single_flight(first.directory.uuid or "", key),
    )


def mfa_asked(
    runtime: "Runtime", serial: str | None, code: str | None, unattended: bool = False
) -> MfaAsked:
    """Where a second factor comes from; it is forced where a device or a code was named."""
    codes = MfaCodes(runtime, code, unattended)
    return MfaAsked(codes, serial, forced=bool(serial or code))


def least_left(min_ttl: str | None, form: str) -> str:
    """What a kept session must last: as asked, else longer for programs that refresh early."""
    if min_ttl is not None:
        return min_ttl
    return FOR_SDKS if form == "process" else IN_SHELLS


def cache_use(min_ttl: str, no_cache: bool) -> CacheUse:
    """How kept sessions are used. Raises InvalidValue."""
    return CacheUse(parse_duration(min_ttl), no_cache)


def policy_document(text: str | None) -> "Plain":
    """A session policy: the path of a file, `-` for stdin, or as the AWS CLI has it, JSON text or
    file://PATH. Raises Usage, MalformedPolicyDocument, NotFound, StorageFailure."""
    if text is None:
        return None
    if text.lstrip().startswith("{"):
        from iamctl.bootstrap.texts import plain_of_text

        return plain_of_text(text.encode(), "--policy")[0]
    from iamctl.cli.documents import read_supplied

    path = text.removeprefix("file://")
    if not path.strip():
        raise Usage("--policy names no file", hint="give its path, - for stdin, or JSON text")
    return read_supplied(path).document


def policy_arns(words: list[str] | None) -> tuple[str, ...]:
    """Managed session policies by name or ARN, `arn=ARN` as the AWS CLI has it."""
    return tuple(word.removeprefix("arn=") for word in words or ())


def _role(runtime: "Runtime", wanted: Wanted) -> str:
    """The role by name or ARN, an alias resolved."""
    if (wanted.role is None) == (wanted.role_arn is None):
        raise Usage("name one role", hint="iamctl assume-role ROLE")
    return unaliased(runtime, wanted.role_arn or wanted.role or "")


def _request(runtime: "Runtime", wanted: Wanted) -> AssumeRequest:
    configured = runtime.settings.get("duration")
    return AssumeRequest(
        session_name=wanted.session_name,
        duration=None if wanted.duration is None else parse_duration(wanted.duration),
        configured_duration=None if configured is None else parse_duration(configured),
        external_id=wanted.external_id,
        tags=session_tags(wanted.tags, wanted.aws_tags),
        transitive_tag_keys=tuple(wanted.transitive or ()),
        source_identity=wanted.source_identity,
    )


def session_tags(tags: list[str] | None, aws_tags: list[str] | None) -> tuple[tuple[str, str], ...]:
    """Session tags in our form and in the AWS CLI's. Raises Usage."""
    return tuple(parse_tags([*(tags or ()), *_aws_tags(aws_tags)]))


def _aws_tags(tags: list[str] | None) -> list[str]:
    """AWS CLI's shorthand, `Key=team,Value=payments`, as ours."""
    pairs = []
    for tag in tags or ():
        key, comma, value = tag.partition(",Value=")
        if not (comma and key.startswith("Key=")):
            raise Usage(f'"{tag[:60]}" is not a tag', hint="write Key=NAME,Value=VALUE")
        pairs.append(f"{key.removeprefix('Key=')}={value}")
    return pairs
