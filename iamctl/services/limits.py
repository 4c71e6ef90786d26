"""AWS's quotas, enforced on what an edit adds. Source: IAM User Guide, "IAM and AWS STS quotas"."""

from iamctl.domain.change import NOUNS
from iamctl.domain.directory import Directory
from iamctl.domain.errors import LimitExceeded
from iamctl.domain.quotas import QUOTAS
from iamctl.domain.sizes import document_size
from iamctl.domain.source import Plain
from iamctl.services.draft import Draft


def require_room(
    directory: Directory,
    quota: str,
    count: int,
    *,
    before: int = 0,
    who: str = "",
    hint: str | None = None,
) -> None:
    """Raise LimitExceeded when an edit brings a count above the quota of that name in the file.

    What was above it `before` may stay or shrink. `who` says whose count it is when it is not
    the account's: `user "alice"`.
    """
    limit = directory.account.quota(quota)
    if count > max(limit, before):
        owner = f" for {who}" if who else ""
        raise LimitExceeded(
            f"Cannot exceed quota for {QUOTAS[quota].error_name}: {limit}{owner}",
            hint=hint or f"`iamctl account quota {quota} N` sets another limit for this account",
        )


def require_room_for_policies(draft: Draft, directory: Directory, section: str, name: str) -> None:
    """The quota of managed policies attached to one user, group or role."""
    at = (section, name, "policies")
    noun = NOUNS[section]
    require_room(
        directory,
        f"policies_per_{noun}",
        count_of(draft.value(at)),
        before=count_of(directory.value_at(at)),
        who=f'{noun} "{name}"',
        hint=f"`iamctl {noun} detach {name} POLICY` makes room",
    )


def require_inline_size(draft: Draft, directory: Directory, section: str, name: str) -> None:
    """The quota of all inline policies of one entity together, white space not counted."""
    at = (section, name, "inline")
    noun = NOUNS[section]
    limit = directory.account.quota(f"{noun}_inline_size")
    size = _inline_size(draft.value(at))
    if size > max(limit, _inline_size(directory.value_at(at))):
        raise LimitExceeded(
            f"Maximum policy size of {limit} bytes exceeded for {noun} {name}",
            hint=f"its inline policies have {size} characters without white space; "
            "a managed policy has room of its own",
        )


def require_document_size(
    directory: Directory, quota: str, document: Plain, held: Plain = None
) -> None:
    """The quota of one managed policy (policy_size) or trust policy (trust_size); `held` is the
    document it replaces."""
    size = document_size(document)
    require_room(
        directory,
        quota,
        size,
        before=0 if held is None else document_size(held),
        hint=f"the document has {size} characters without white space",
    )


def count_of(value: Plain) -> int:
    """How many items a list or mapping has; none when it is missing."""
    return len(value) if isinstance(value, list | dict) else 0


def _inline_size(inline: Plain) -> int:
    return sum(map(document_size, inline.values())) if isinstance(inline, dict) else 0
