"""How long AWS counts a policy document to be."""

from iamctl.domain.patterns import Pattern
from iamctl.domain.source import Plain

_WHITE_SPACE = Pattern(r"[ \t\r\n]|\\[trn]|(\\.)")
"""White space in JSON text, escaped or not; other escapes are kept as group 1."""


def document_size(document: Plain) -> int:
    """Characters that count against AWS's quotas: all but white space, in strings too."""
    from json import dumps  # only who holds documents pays for it

    text = dumps(document, separators=(",", ":"), ensure_ascii=False)
    return len(_WHITE_SPACE.sub(lambda found: found[1] or "", text))
