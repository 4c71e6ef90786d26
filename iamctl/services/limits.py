"""AWS's quotas, enforced on what an edit adds. Source: IAM User Guide, "IAM and AWS STS quotas"."""

from iamctl.domain.change import NOUNS
from iamctl.domain.directory import Directory
from iamctl.domain.errors import LimitExceeded
from iamctl.domain.quotas import QUOTAS
from iamctl.domain.sizes import document_size
from iamctl.domain.source import Plain
from iamctl.services.draft import Draft


def require_room(
    directory: Directory, quota: str, count: int, *, who: str = "", hint: str | None = None
) -> None:
    """Raise LimitExceeded when `count` is above the quota of that name in the file.

    `who` says whose count it is when it is not the account's: `user "alice"`.
    """
    limit = directory.account.quota(quota)
    if count > limit:
        owner = f" for {who}" if who else ""
        raise LimitExceeded(
            f"Cannot exceed quota for {QUOTAS[quota].error_name}: {limit}{owner}",
            hint=hint or f"`iamctl account quota {quota} N` sets another limit for this account",
        )


def require_room_for_policies(draft: Draft, directory: Directory, section: str, name: str) -> None:
    """The quota of managed policies attached to one user, group or role."""
    attached = draft.value((section, name, "policies"))
    noun = NOUNS[section]
    require_room(
        directory,
        f"policies_per_{noun}",
        len(attached) if isinstance(attached, list) else 0,
        who=f'{noun} "{name}"',
        hint=f"`iamctl {noun} detach {name} POLICY` makes room",
    )


def require_inline_size(draft: Draft, directory: Directory, section: str, name: str) -> None:
    """The quota of all inline policies of one entity together, white space not counted."""
    inline = draft.value((section, name, "inline"))
    noun = NOUNS[section]
    limit = directory.account.quota(f"{noun}_inline_size")
    size = sum(map(document_size, inline.values())) if isinstance(inline, dict) else 0
    if size > limit:
        raise LimitExceeded(
            f"Maximum policy size of {limit} bytes exceeded for {noun} {name}",
            hint=f"its inline policies have {size} characters without white space; "
            "a managed policy has room of its own",
        )


def require_document_size(directory: Directory, quota: str, document: Plain) -> None:
    """The quota of one managed policy (policy_size) or trust policy (trust_size)."""
    require_room(
        directory,
        quota,
        size := document_size(document),
        hint=f"the document has {size} characters without white space",
    )
