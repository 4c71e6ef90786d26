"""Which files hold credentials that an earlier run wrote, and may be replaced by newer ones."""

_VARIABLES = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_ACCOUNT_ID",
    }
)

FORMS = ("dotenv", "json", "process")
"""The forms that can go into a file: those that a program reads from one."""


def holds_credentials(data: bytes) -> bool:
    """Whether a file holds temporary credentials as those forms write them, or nothing at all.

    Long-term keys are not ours to replace: they may stand nowhere else.
    """
    try:
        text = data.decode().strip()
    except UnicodeDecodeError:
        return False
    return _is_response(text) if text.startswith("{") else _is_dotenv(text)


def _is_dotenv(text: str) -> bool:
    names = {line.partition("=")[0] for line in text.splitlines()}
    return names <= _VARIABLES and ("AWS_SESSION_TOKEN" in names or not names)


def _is_response(text: str) -> bool:
    """Whether it is credentials, or a response of STS or Cognito around them."""
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    inner = found.get("Credentials", found)
    return isinstance(inner, dict) and {"AccessKeyId", "SessionToken"} <= set(inner)
