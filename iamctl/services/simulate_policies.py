"""The policies of a case, out of its JSON text. A document that was read before is known."""

from json import dumps

from iamctl.domain.documents import DocumentKind, parse_document
from iamctl.domain.source import Address, Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import SourcePolicy, compile_document
from iamctl.services import strict_json
from iamctl.services.known_texts import KnownTexts

Policies = tuple[SourcePolicy, ...]

_DOCUMENTS = 2_000_000
"""Characters of documents to hold on to; compiled, a document takes some twenty times as much."""

_SETS = 8_000_000
"""Characters of whole lists of documents to hold on to, for each field."""

_MOST = 10_000
"""Documents of a list, or levels."""

_OTHERS: tuple[Plain, ...] = (None, False, 0, "", [])
"""Values that are no documents, one of each kind."""

_PLACES = 200
"""Places of a case at which a document stood and is known."""

_FIELDS = 40
"""Fields, and levels of them, whose places are named once."""

_MARKS = 20_000
"""How many lists of documents are known again when they come a second time."""


class Found(NamedTuple):
    """What a field holds: its levels of policies, None for null, and what is wrong with it.

    `kept` when the same text will be answered with this very object.
    """

    levels: tuple[Policies, ...] | None
    problems: tuple[str, ...] = ()
    kept: bool = True


NOTHING = Found(None)


class Document:
    """A document as it stands in a line; compiled when first asked for, once for each place."""

    __slots__ = ("_alone", "_made", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._made: dict[str, SourcePolicy | str] = {}
        self._alone: dict[DocumentKind, Found] = {}

    def policy(self, kind: DocumentKind, place: str) -> SourcePolicy | str:
        """The policy that stands at that place of a list, or what is wrong with it.

        A place is always asked for with the same kind.
        """
        made = self._made.get(place)
        if made is None:
            if len(self._made) >= _PLACES:
                self._made.clear()
            made = self._made[place] = _compiled(self._text, kind, place)
        return made

    def alone(self, kind: DocumentKind, field: str) -> Found:
        """The same as a field that holds this document or null: one level of one policy."""
        found = self._alone.get(kind)
        if found is None:
            found = NOTHING
            if self._text != "null":
                policy = _compiled(self._text, kind, field)
                found = Found((), (policy,)) if isinstance(policy, str) else Found(((policy,),))
            self._alone[kind] = found
        return found


def _compiled(text: str, kind: DocumentKind, place: str) -> SourcePolicy | str:
    data, _ = strict_json.value(text, 0)
    if not isinstance(data, dict):
        return f"{place} must be a policy document, not {strict_json.kind_of(data)}"
    parsed, problems = parse_document(data, kind)
    errors = [problem for problem in problems if problem.severity == "error"]
    if parsed is None or errors:
        first = errors[0]
        where = f" at {_path(first.at)}" if first.at else ""
        hint = f"; {first.hint}" if first.hint else ""
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        return f"{place} is malformed: {first.message}{where}{hint}{more}"
    return SourcePolicy(place, kind, compile_document(parsed))


def _path(at: Address) -> str:
    """`Statement[0].Condition` for an address."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step[:60]}" for step in at)
    return steps.removeprefix(".")


class PolicyReader:
    """Reads the fields of a case that hold documents."""

    def __init__(self) -> None:
        self._documents: KnownTexts[Document] = KnownTexts(_DOCUMENTS)
        self._fields: dict[str, KnownTexts[Found]] = {}
        self._others = {strict_json.kind_of(data): Document(dumps(data)) for data in _OTHERS}
        self._seen: set[int] = set()
        self._places: dict[str, list[str]] = {}

    def document(self, text: str, at: int) -> tuple[Document, int]:
        """The document that stands there, well-formed or not."""
        known = self._documents.find(text, at)
        if known is not None:
            return known.value, at + len(known.text)
        data, end = strict_json.value(text, at)
        if not isinstance(data, dict):
            return self._others[strict_json.kind_of(data)], end
        document = Document(text[at:end])
        self._documents.add(text[at:end], document)
        return document, end

    def one(self, field: str, kind: DocumentKind, text: str, at: int) -> tuple[Found, int]:
        """A field that holds a document or null: one level of one policy."""
        document, end = self.document(text, at)
        return document.alone(kind, field), end

    def several(self, field: str, kind: DocumentKind, text: str, at: int) -> tuple[Found, int]:
        """A field that holds a list of documents or null: one level."""
        return self._listed(field, kind, text, at, leveled=False)

    def leveled(self, field: str, kind: DocumentKind, text: str, at: int) -> tuple[Found, int]:
        """A field that holds a list of levels, each a list of documents, or null."""
        return self._listed(field, kind, text, at, leveled=True)

    def _listed(
        self, field: str, kind: DocumentKind, text: str, at: int, leveled: bool
    ) -> tuple[Found, int]:
        if not text.startswith("[", at):
            data, end = strict_json.value(text, at)
            return (NOTHING if data is None else _no_list(field, data)), end
        sets = self._fields.get(field)
        if sets is None:
            sets = self._fields[field] = KnownTexts(_SETS)
        known = sets.find(text, at)
        if known is not None:
            return known.value, at + len(known.text)
        found, end = (
            self._levels(field, kind, text, at) if leveled else self._level(field, kind, text, at)
        )
        if self._is_repeated(text[at:end]):
            found = found._replace(kept=True)
            sets.add(text[at:end], found)
        return found, end

    def _is_repeated(self, text: str) -> bool:
        """Whether the text came before, lately: only then is it worth holding on to."""
        mark = hash(text)
        if mark in self._seen:
            return True
        if len(self._seen) >= _MARKS:
            self._seen.clear()
        self._seen.add(mark)
        return False

    def _level(self, field: str, kind: DocumentKind, text: str, at: int) -> tuple[Found, int]:
        documents, end = strict_json.items(text, at, self.document)
        if len(documents) > _MOST:
            return Found((), (f"{field} has more than {_MOST} documents",), kept=False), end
        places = self._places_in(field, len(documents))
        made = [one.policy(kind, place) for one, place in zip(documents, places, strict=False)]
        problems = tuple([policy for policy in made if isinstance(policy, str)])
        policies = tuple([policy for policy in made if not isinstance(policy, str)])
        return Found((policies,), problems, kept=False), end

    def _places_in(self, field: str, count: int) -> list[str]:
        """At least that many places, `field[0]` and on."""
        places = self._places.get(field)
        if places is None or len(places) < count:
            places = [f"{field}[{n}]" for n in range(max(count, 20))]
            if len(self._places) < _FIELDS and count < 1000:
                self._places[field] = places
        return places

    def _levels(self, field: str, kind: DocumentKind, text: str, at: int) -> tuple[Found, int]:
        number = -1

        def level(text: str, at: int) -> tuple[Found, int]:
            nonlocal number
            number += 1
            if number == _MOST:
                raise ValueError(f"{field} has more than {_MOST} levels")
            place = f"{field}[{number}]"
            if text.startswith("[", at):
                return self._level(place, kind, text, at)
            data, end = strict_json.value(text, at)
            return _no_list(place, data), end

        found, end = strict_json.items(text, at, level)
        levels = tuple(policies for one in found for policies in one.levels or ())
        problems = tuple(problem for one in found for problem in one.problems)
        return Found(levels, problems, kept=False), end


def _no_list(place: str, data: Plain) -> Found:
    return Found((), (f"{place} must be a list, not {strict_json.kind_of(data)}",))
