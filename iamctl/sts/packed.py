"""How much of its allotment a session's policies and tags take.

AWS packs them into a binary form that it does not publish and says the size in percent (STS API
Reference, PackedPolicySize). Here the size is that of the texts as the token carries them, against
an allotment that leaves the token within its own bound.
"""

import json
from collections.abc import Mapping

from iamctl.domain.errors import InvalidValue

ALLOTMENT = 4096
"""Characters of policies and tags that a session may carry, written as JSON."""

_TAGS = "Packed size of session tags consumes {percent}% of allotted space."
_POLICIES = "Packed size of session policies consumes {percent}% of allotted space."


def packed_size(
    policies: tuple[str, ...], tags: Mapping[str, str], transitive: tuple[str, ...]
) -> int | None:
    """The percentage of the allotment, rounded up; None when the session carries neither.

    Raises InvalidValue (PackedPolicyTooLarge) above 100.
    """
    if not policies and not tags:
        return None
    carried = json.dumps([policies, dict(tags), transitive], separators=(",", ":"))
    percent = -(-len(carried) * 100 // ALLOTMENT)
    if percent > 100:
        text = _POLICIES if policies else _TAGS
        raise InvalidValue(
            text.format(percent=percent),
            code="PackedPolicyTooLarge",
            hint="pass fewer or shorter session policies and tags",
        )
    return percent
