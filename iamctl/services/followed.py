"""One entity over older and older changes, whatever it was called before."""

from collections.abc import Iterable

from iamctl.domain.arns import parse_arn, split_iam_resource
from iamctl.domain.change import KINDS, NOUNS
from iamctl.services.changes import EntityChanges

_SECTIONS = {kind: section for section, kind in KINDS.items()}


class Followed:
    """What a word means: `alice`, `user/alice`, an ARN, or `account`.

    A name alone means each entity that bears it, or the one of `section`. Changes must be given
    newest first.
    """

    def __init__(self, word: str, section: str | None = None) -> None:
        self._names = set(_meant(word) if section is None else [(section, word)])

    def of(self, entities: Iterable[EntityChanges]) -> tuple[EntityChanges, ...]:
        """Those that are about it. Further ones are taken to be older."""
        mine = tuple(one for one in entities if (one.section, one.name) in self._names)
        for entity in mine:
            if entity.was is not None:
                self._names.discard((entity.section, entity.name))
                self._names.add((entity.section, entity.was))
        return mine


def _meant(word: str) -> Iterable[tuple[str, str]]:
    """The sections and names that a word may mean."""
    arn = parse_arn(word)
    if arn is not None and arn.service == "iam":
        kind, _, name = split_iam_resource(arn.resource)
        return [(_SECTIONS.get(kind, kind), name)]
    if arn is not None:
        return [("resources", word)]
    kind, slash, name = word.partition("/")
    if slash and kind in _SECTIONS:
        return [(_SECTIONS[kind], name)]
    return [*((section, word) for section in NOUNS), (word, "")]
