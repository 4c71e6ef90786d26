"""What an XML signature covers, by the certificates of a provider's metadata alone."""

from collections.abc import Iterable
from typing import Any

from iamctl.federation.xml import PROTOCOL, SIGNATURE, Element

_HASHES = ("SHA256", "SHA384", "SHA512")


def signed_element(
    response: Element, assertion: str, certificates: Iterable[Any]
) -> Element | None:
    """The response or its assertion (a tag) as a signature covers it, or None when none does.

    The signature stands right inside what it signs, with one reference to that element's ID, by
    RSA or ECDSA with SHA-2. What comes back is parsed anew from the bytes that were signed, so
    that nothing beside them can be read. The dates of `certificates` are not looked at, as AWS
    does not.
    """
    keys = tuple(certificates)
    for tag, location in ((f"{PROTOCOL}Response", "./"), (assertion, f"./{assertion}/")):
        # At those two places only; a signature elsewhere signs nothing that is read.
        element = response if location == "./" else response.find(assertion)
        if element is None or len(element.findall(f"{SIGNATURE}Signature")) != 1:
            continue
        for key in keys:
            signed = _verified(response, location, key)
            if signed is not None and _same(signed, element, tag):
                return signed
    return None


def _same(signed: Element, element: Element, tag: str) -> bool:
    """Whether what was signed is that very element, by tag and ID."""
    return bool(signed.tag == tag and signed.get("ID") and signed.get("ID") == element.get("ID"))


def _verified(response: Element, location: str, key: Any) -> Element | None:
    from signxml.exceptions import SignXMLException
    from signxml.verifier import XMLVerifier

    try:
        result: Any = XMLVerifier().verify(
            response,
            x509_cert=key,
            id_attribute="ID",
            expect_config=_configuration(location, key),
        )
    # The library lets its own parts' errors through: base64, unknown algorithms, schema, keys.
    except (SignXMLException, ValueError, TypeError, LookupError, NotImplementedError):
        return None
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("lxml", "cryptography"):
            raise
        return None
    return result.signed_xml


def _configuration(location: str, key: Any) -> Any:
    from signxml.algorithms import DigestAlgorithm, SignatureMethod
    from signxml.verifier import SignatureConfiguration

    from iamctl.federation.certificates import within

    families = ("RSA", "ECDSA")
    methods = {SignatureMethod[f"{kind}_{sha}"] for kind in families for sha in _HASHES}
    methods |= {SignatureMethod[f"{sha}_RSA_MGF1"] for sha in _HASHES}
    return SignatureConfiguration(
        location=location,
        signature_methods=frozenset(methods),
        digest_algorithms=frozenset(DigestAlgorithm[sha] for sha in _HASHES),
        # A key in the message is not looked at, whatever it says: the certificate is the key.
        ignore_ambiguous_key_info=True,
        verification_time=within(key),
    )
