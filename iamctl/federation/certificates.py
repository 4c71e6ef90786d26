"""X.509 certificates as the keys they hold; nobody vouches for them but the directory file."""

from datetime import datetime
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

Certificate: TypeAlias = x509.Certificate

_SMALLEST_RSA = 1024


def certificate_of(der: bytes) -> Certificate:
    """The certificate. Raises ValueError when it is none, or its key is of no use."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
    except Exception as error:
        raise ValueError("no certificate") from error
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < _SMALLEST_RSA:
            raise ValueError("its RSA key is too short")
    elif not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("its key is neither RSA nor EC")
    return certificate


def der_of(certificate: Certificate) -> bytes:
    """Its bytes."""
    return certificate.public_bytes(Encoding.DER)


def within(certificate: Certificate) -> datetime:
    """A time at which the certificate was valid."""
    return certificate.not_valid_before_utc
