"""AWS's rules for names, paths, tags and text fields. Source: botocore's models of IAM, STS and
Cognito Identity."""

import re
from collections.abc import Iterable

from iamctl.domain.errors import InvalidValue
from iamctl.domain.patterns import DIGITS, LETTERS, UPPER, consists_of
from iamctl.domain.tuples import NamedTuple

_ID_CHARACTERS = UPPER | DIGITS


class Rule(NamedTuple):
    """Length bounds and an ASCII pattern that the whole value must match; `form` puts a pattern
    that nobody wants to read into words."""

    what: str
    minimum: int
    maximum: int
    pattern: str
    hint: str | None = None
    form: str | None = None

    def problem(self, value: str) -> str | None:
        """Why the value breaks the rule, or None."""
        if not value and self.minimum:
            return f"{self.what} must not be empty"
        if self.minimum == self.maximum != len(value):
            return f"{self.what} must have {self.minimum} characters"
        if len(value) < self.minimum:
            return f"{self.what} must have at least {self.minimum} characters"
        if len(value) > self.maximum:
            return f"{self.what} must have at most {self.maximum} characters"
        if re.fullmatch(self.pattern, value, re.ASCII) is None:
            wanted = f"be {self.form}" if self.form else f"match {self.pattern}"
            return f"{self.what} {shown(value)} must {wanted}"
        # Half a character, as a byte that is no UTF-8 becomes one; no file can hold it.
        if not value.isascii() and re.search("[\ud800-\udfff]", value):
            return f"{self.what} must be text in UTF-8"
        return None

    def check(self, value: str) -> str:
        """The value; raises InvalidValue when it breaks the rule."""
        problem = self.problem(value)
        if problem is not None:
            raise InvalidValue(problem, hint=self.hint)
        return value


def is_principal_id(text: str) -> bool:
    """Whether a text has the form of a user's or role's unique id, as principals are kept by."""
    return (
        text.startswith(("AIDA", "AROA"))
        and len(text) <= 128
        and consists_of(_ID_CHARACTERS, text, minimum=16)
    )


def shown(value: str, limit: int = 60) -> str:
    """A value between quotes for a message, cut when long."""
    return f'"{value}"' if len(value) <= limit else f'"{value[:limit]}…"'


_NAME = r"[\w+=,.@-]+"
_NAME_HINT = "a name is of letters, digits and + = , . @ _ -"
_PATH_HINT = "a path begins and ends with /, as in /eng/"
_NAME_LIKE_HINT = "it is of letters, digits and + = , . @ _ -"
_TEXT_HINT = "it is of printable characters of Latin-1, tabs and line ends"
_ID_HINT = "it is of letters and digits"
_TEXT = r"[\t\n\r\x20-\x7e\xa1-\xff]*"

USER_NAME = Rule("a user name", 1, 64, _NAME, _NAME_HINT)
GROUP_NAME = Rule("a group name", 1, 128, _NAME, _NAME_HINT)
ROLE_NAME = Rule("a role name", 1, 64, _NAME, _NAME_HINT)
POLICY_NAME = Rule("a policy name", 1, 128, _NAME, _NAME_HINT)
PATH = Rule("a path", 1, 512, r"/|/[\x21-\x7e]+/", _PATH_HINT)
POLICY_PATH = Rule("a policy path", 1, 512, r"((/[A-Za-z0-9.,+@=_-]+)*)/", _PATH_HINT)
PATH_PREFIX = Rule("a path prefix", 1, 512, r"/[\x21-\x7f]*", "it begins with /, as in /eng/")
ROLE_DESCRIPTION = Rule("a role description", 0, 1000, _TEXT, _TEXT_HINT)
POLICY_DESCRIPTION = Rule("a policy description", 0, 1000, r"[\s\S]*")
ACCOUNT_ID = Rule("an account id", 12, 12, r"\d{12}", "it is twelve digits")
ACCOUNT_ALIAS = Rule(
    "an account alias",
    3,
    63,
    r"[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]",
    "it is of lower-case letters and digits, with single hyphens between them",
)
SESSION_NAME = Rule("a role session name", 2, 64, r"[\w+=,.@-]*", _NAME_LIKE_HINT)
SOURCE_IDENTITY = Rule("a source identity", 2, 64, r"[\w+=,.@-]*", _NAME_LIKE_HINT)
FEDERATED_USER_NAME = Rule("a federated user name", 2, 32, r"[\w+=,.@-]*", _NAME_LIKE_HINT)
EXTERNAL_ID = Rule(
    "an external id", 2, 1224, r"[\w+=,.@:/-]*", "it is of letters, digits and + = , . @ : / _ -"
)
ARN = Rule("an ARN", 20, 2048, r"[\s\S]*")
UNIQUE_ID = Rule("a unique id", 16, 128, r"\w+", _ID_HINT)
ACCESS_KEY_ID = Rule("an access key id", 16, 128, r"\w+", _ID_HINT)
MFA_DEVICE_NAME = Rule("an MFA device name", 1, 226, _NAME, _NAME_HINT)
PROVIDER_NAME = Rule(
    "an identity provider name", 1, 128, r"[\w._-]+", "a name is of letters, digits and . _ -"
)
PROVIDER_URL = Rule(
    "an issuer URL",
    1,
    255,
    r"https://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(/[A-Za-z0-9._~!$&'()*+,;=:%/-]*)?",
    "it begins with https:// and has no user, port, query or fragment",
    "the URL of an issuer, as in https://token.actions.githubusercontent.com",
)
CLIENT_ID = Rule(
    "a client id",
    1,
    255,
    r"[^\x00-\x1f\x7f]+",
    "it is the audience that tokens are made for",
    "text without control characters",
)
JWK_ID = Rule(
    "a signing key's id", 1, 255, r"[^\x00-\x1f\x7f]+", None, "text without control characters"
)
SAML_METADATA = Rule("SAML metadata", 1000, 10_000_000, r"[\s\S]*")
POOL_NAME = Rule("an identity pool name", 1, 128, _NAME, _NAME_HINT)
POOL_ID = Rule(
    "an identity pool id",
    1,
    55,
    r"[a-z]+(-[a-z]+)+-\d+:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "it is REGION:UUID",
    "a region and a UUID, as in eu-west-1:5b1d3c9a-7e48-40bd-91c2-f3e8a4570612",
)
CLAIM = Rule("a claim's name", 1, 64, r"[^\x00-\x20\x7f]+", "it has no blanks")
CLAIM_VALUE = Rule("a claim's value", 1, 128, r"[^\x00-\x1f\x7f]+")
SECRET_ACCESS_KEY = Rule("a secret access key", 16, 128, r"[A-Za-z0-9+/=]+")

NAME_RULES = {
    "users": USER_NAME,
    "groups": GROUP_NAME,
    "roles": ROLE_NAME,
    "policies": POLICY_NAME,
    "mfa": MFA_DEVICE_NAME,
    "identity_providers": PROVIDER_NAME,
    "identity_pools": POOL_NAME,
}
"""Section of the file -> the rule for the names in it."""

_TAG_MARKS = frozenset("_.:/=+-@")
_USUAL = _TAG_MARKS | LETTERS | DIGITS | {" "}


def tag_problem(key: str, value: str) -> str | None:
    """Why AWS would refuse the tag, or None. Letters, separators and numbers of any script."""
    if not 1 <= len(key) <= 128:
        return "a tag key must have 1 to 128 characters"
    if len(value) > 256:
        return f"the value of tag {shown(key)} must have at most 256 characters"
    if key.lower().startswith("aws:") or value.lower().startswith("aws:"):
        return f'tag {shown(key)}: keys and values must not start with "aws:"'
    for text, what in ((key, "key"), (value, "value")):
        if not _USUAL.issuperset(text) and not all(_tag_character(c) for c in text):
            return f"the {what} of tag {shown(key)} has a character AWS does not allow there"
    return None


def _tag_character(char: str) -> bool:
    if char.isascii():
        return char in _USUAL
    from unicodedata import category  # here: its tables are large, and few tags need them

    return category(char)[0] in "LZN"


def check_tags(tags: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The tags as a mapping. Raises InvalidValue for a bad or, ignoring case, a repeated key."""
    checked: dict[str, str] = {}
    seen: set[str] = set()
    for key, value in tags:
        problem = tag_problem(key, value)
        if problem is not None:
            raise InvalidValue(problem, code="InvalidInput")
        if key.lower() in seen:
            raise InvalidValue(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive",
                code="InvalidInput",
            )
        seen.add(key.lower())
        checked[key] = value
    return checked


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint naming the known name that is nearest, or None."""
    # Imported here: a command that finds what it was given needs no near names.
    from difflib import get_close_matches

    by_folded = {candidate.lower(): candidate for candidate in known}
    near = get_close_matches(name.lower()[:128], by_folded, n=1, cutoff=0.7)
    return f'did you mean "{by_folded[near[0]]}"?' if near else None
