"""XML as it is safe to read it: no document type, no entities, no comments, nothing fetched."""

from typing import Any, TypeAlias

from iamctl.domain.errors import ExtraMissing

Element: TypeAlias = Any
"""An element of lxml, which comes without types."""

ASSERTION = "{urn:oasis:names:tc:SAML:2.0:assertion}"
PROTOCOL = "{urn:oasis:names:tc:SAML:2.0:protocol}"
METADATA = "{urn:oasis:names:tc:SAML:2.0:metadata}"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}"


class NotXml(ValueError):
    """The text is no XML that is read here; says why."""


def parse(data: bytes, comments: bool = False) -> Element:
    """The root element of a document in UTF-8. Raises NotXml, ExtraMissing.

    A document type is refused in the text, before any parser sees it: what it could define
    (entities, default attributes) is never looked at. Comments and processing instructions are
    refused too, since they could part a text that a signature covers as one; with `comments` they
    are left out instead, for documents that a person gave.
    """
    etree = require_lxml()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotXml("it is not in UTF-8") from None
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise NotXml("it declares a document type, which is not allowed")
    # The parser is told the encoding, so that a declaration in the text cannot choose another.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=comments,
        remove_pis=comments,
    )
    try:
        root = etree.fromstring(text.encode(), parser=parser)
    except (etree.XMLSyntaxError, ValueError):
        raise NotXml("it is not well-formed XML") from None
    for _ in root.iter(etree.Comment, etree.ProcessingInstruction, etree.Entity):
        raise NotXml("it holds a comment, a processing instruction or an entity")
    return root


def require_lxml() -> Any:
    """lxml's etree. Raises ExtraMissing."""
    try:
        from lxml import etree
    except ImportError:
        raise ExtraMissing(
            "SAML needs an extra that is not installed",
            hint="install it with: pip install 'iamctl[saml]'",
        ) from None
    return etree


def one(parent: Element, tag: str) -> Element | None:
    """The only child with that tag; None when there is none, or more than one."""
    found = parent.findall(tag)
    return found[0] if len(found) == 1 else None


def text_of(element: Element) -> str:
    """All the text of an element that holds nothing else, without the blanks around it."""
    return "".join(element.itertext()).strip()
