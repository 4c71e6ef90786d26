"""The QR code by which an authenticator app takes over a virtual MFA device's seed.

The text in it is botocore's IAM model's, `otpauth://totp/NAME@ACCOUNT?secret=BASE32`, with the
issuer that apps show beside it. Whoever sees the picture has the seed.
"""

import io
from base64 import b32encode
from typing import TYPE_CHECKING

from iamctl.domain.secret import Secret

if TYPE_CHECKING:
    import segno

ISSUER = "iamctl"
_BORDER = 4  # light modules around it, without which scanners find nothing
_WHITE_ON_BLACK, _AS_BEFORE = "\x1b[97;40m", "\x1b[0m"
_ON_SCREEN = "l"  # it has no spots; of a short name, picture and question fit in 24 lines
_BLOCKS = "█▀▄"


def base32(seed: Secret) -> Secret:
    """A seed as authenticator apps take it when it is typed."""
    return Secret(b32encode(seed.reveal()).rstrip(b"="))


def otpauth_uri(name: str, account: str, seed: Secret) -> Secret:
    """What the QR code of a device says; `account` is the account's alias or id."""
    from urllib.parse import quote

    label = f"{quote(name, safe='')}@{quote(account, safe='')}"
    text = base32(seed).reveal_text()
    return Secret(f"otpauth://totp/{label}?secret={text}&issuer={ISSUER}".encode())


def png(text: Secret) -> bytes:
    """The picture for files and for AWS's QRCodePNG."""
    return _saved(text, "png")


def svg(text: Secret) -> bytes:
    """The picture as SVG."""
    return _saved(text, "svg")


def terminal(text: Secret, colour: bool, encoding: str) -> str:
    """The picture in characters, light on dark; with `colour` it does not hang on the terminal's.

    Where `encoding` has no half blocks, it is drawn with coloured blanks, colour or not.
    """
    drawn, code = io.StringIO(), _code(text, _ON_SCREEN)
    if not _can_say(_BLOCKS, encoding):
        code.terminal(drawn, border=_BORDER)
        return drawn.getvalue()
    code.terminal(drawn, border=_BORDER, compact=True)
    if not colour:
        return drawn.getvalue()
    lines = drawn.getvalue().splitlines()
    return "".join(f"{_WHITE_ON_BLACK}{line}{_AS_BEFORE}\n" for line in lines)


def width(text: Secret, encoding: str) -> int:
    """How many columns of a terminal the picture takes."""
    modules = int(_code(text, _ON_SCREEN).symbol_size(border=_BORDER)[0])
    return modules if _can_say(_BLOCKS, encoding) else 2 * modules


def _saved(text: Secret, kind: str) -> bytes:
    written = io.BytesIO()
    light = {"light": "white"} if kind == "svg" else {}  # transparent, it is lost on a dark page
    _code(text, "m").save(written, kind=kind, scale=6, border=_BORDER, **light)
    return written.getvalue()


def _code(text: Secret, correction: str) -> "segno.QRCode":
    import segno

    return segno.make_qr(text.reveal_text(), error=correction)


def _can_say(characters: str, encoding: str) -> bool:
    try:
        characters.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
