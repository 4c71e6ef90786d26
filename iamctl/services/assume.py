"""What a session of a role that was granted is, and what it is made of."""

import json
from collections.abc import Callable

from iamctl.domain.directory import Directory
from iamctl.domain.documents import PolicyDocument, parse_document
from iamctl.domain.entities import Role
from iamctl.domain.errors import NotFound, VaultUnavailable
from iamctl.domain.ids import Randomness
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.times import format_instant
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.collect import Managed
from iamctl.ports import Catalogue, SigningKey, Vault
from iamctl.sts.assume import AssumeDecision, assumed_role
from iamctl.sts.caller import Caller
from iamctl.sts.revocation import earliest_issue
from iamctl.sts.session import Credentials, issue_session, mint_session_key_id
from iamctl.sts.token import ROLE, Claims

_LONGEST_WAIT = 2


class AssumeResult(NamedTuple):
    """A session that was granted, with the facts of AWS's response and notes for the person."""

    credentials: Credentials
    role_arn: str
    assumed_role_arn: str
    assumed_role_id: str
    session_name: str
    source_identity: str | None
    packed: int | None
    caller_arn: str
    chain: tuple[str, ...]
    issued: int
    notes: tuple[str, ...]

    @property
    def arn(self) -> str:
        """What GetCallerIdentity says of it."""
        return self.assumed_role_arn

    @property
    def account(self) -> str:
        """The account the session belongs to, which is the role's."""
        return self.role_arn.split(":", 5)[4]


def granted(
    directory: Directory,
    caller: Caller,
    role: Role,
    decision: AssumeDecision,
    vault: Vault,
    now: int,
    randomness: Randomness,
) -> AssumeResult:
    """The session of a decision that is allowed. Raises InvalidValue, VaultUnavailable."""
    key_id = mint_session_key_id(directory.account.id, randomness)
    claims = role_claims(directory, role, decision, now, key_id)._replace(
        caller=caller.unique_id, caller_key=caller.key_id, until=decision.until
    )
    return issued(directory, role, claims, decision.terms.packed, caller.arn, vault)


def issued(
    directory: Directory,
    role: Role,
    claims: Claims,
    packed: int | None,
    caller_arn: str,
    vault: Vault,
) -> AssumeResult:
    """The session of claims about a role. Raises InvalidValue, VaultUnavailable."""
    credentials = issue_session(current_key(vault), claims)
    arn, assumed_id = assumed_role(directory, role, claims.name)
    return AssumeResult(
        credentials=credentials,
        role_arn=directory.arn(role),
        assumed_role_arn=arn,
        assumed_role_id=assumed_id,
        session_name=claims.name,
        source_identity=claims.source_identity,
        packed=packed,
        caller_arn=caller_arn,
        chain=claims.chain,
        issued=claims.issued,
        notes=_notes(role, claims),
    )


def find_role(directory: Directory, reference: str) -> Role:
    """The role of a name or ARN; raises NotFound with a near name."""
    if not reference.startswith("arn:"):
        return directory.role(reference)
    found = directory.by_arn(reference)
    if isinstance(found, Role):
        return found
    name = reference.rpartition("/")[2]
    exact = directory.roles.get(name)
    hint = f"did you mean {directory.arn(exact)}?" if exact else did_you_mean(name, directory.roles)
    raise NotFound(f"role {shown(reference, 200)} does not exist in this directory", hint=hint)


def managed_policies(catalogue: Catalogue) -> Managed:
    """Documents of AWS managed policies by ARN, each parsed once while this lives."""
    parsed: dict[str, PolicyDocument | None] = {}

    def managed(arn: str) -> PolicyDocument | None:
        if arn not in parsed:
            policy = catalogue.managed_policy(arn)
            text = policy.document if policy else "null"
            parsed[arn] = parse_document(json.loads(text), "identity")[0] if policy else None
        return parsed[arn]

    return managed


def issue_time(role: Role, now: int, wait_until: Callable[[int], object]) -> int:
    """This second, or the next when the role was revoked in this one."""
    earliest = earliest_issue(role)
    if now < earliest <= now + _LONGEST_WAIT:
        wait_until(earliest)
        return earliest
    return now


def role_claims(
    directory: Directory, role: Role, decision: AssumeDecision, now: int, key_id: str
) -> Claims:
    """What a new session of a role says, whoever called; `key_id` is its access key id."""
    terms = decision.terms
    return Claims(
        issuer=directory.uuid or "",
        type=ROLE,
        subject=role.id or "",
        caller="",
        caller_key="",
        key_id=key_id,
        name=terms.session_name,
        issued=now,
        expires=decision.expires,
        policies=terms.policies,
        tags=terms.tags,
        transitive=terms.transitive,
        source_identity=terms.source_identity,
        chain=terms.chain,
    )


def current_key(vault: Vault) -> SigningKey:
    """The key that signs new sessions. Raises VaultUnavailable."""
    keys = vault.signing_keys()
    if not keys:
        raise VaultUnavailable(
            "the vault holds no signing key", hint="run `iamctl vault rotate-signing-key`"
        )
    return keys[0]


def membership_notes(claims: Claims) -> tuple[str, ...]:
    """What to say of a session that a group membership cuts short."""
    if claims.until is None or claims.expires != claims.until:
        return ()
    end = format_instant(claims.expires)
    return (f"the session ends at {end}, with the group membership that allows it",)


def _notes(role: Role, claims: Claims) -> tuple[str, ...]:
    notes = [*membership_notes(claims)]
    if claims.issued < earliest_issue(role):
        notes.append(
            f"sessions of role {shown(role.name)} are revoked up to "
            f"{format_instant(earliest_issue(role))}: this one can do nothing"
        )
    return tuple(notes)
