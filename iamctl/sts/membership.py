"""The end of a group membership that a session hangs on."""

from collections.abc import Callable

from iamctl.domain.directory import Directory


def granted_until(
    directory: Directory, user_name: str, now: int, allowed_at: Callable[[int], bool]
) -> int | None:
    """The end, in epoch seconds, of the user's first group membership without which the call
    would be denied; None when it hangs on none.

    `allowed_at(end)` answers the same call with the memberships that count at `end`, where the
    one that ends then does not any more.
    """
    ends = {
        member.until
        for _, member in directory.groups_of(user_name)
        if member.until is not None and member.until > now
    }
    return next((end for end in sorted(ends) if not allowed_at(end)), None)
