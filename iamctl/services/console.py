"""Where in the console a browser goes, and the session it signs in with.

Source: IAM User Guide, "Enable custom identity broker access to the AWS console", also of the
partitions aws-cn and aws-us-gov.
"""

import re
from collections.abc import Mapping

from iamctl.domain.errors import InvalidValue, NotAuthenticated, Usage
from iamctl.domain.names import shown
from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple
from iamctl.ports.aws import RemoteCredentials
from iamctl.sts.token import TOKEN_START

_SERVICE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d{1,2}", re.ASCII)
_URL = re.compile(r"https://([a-z0-9.-]+)(?:[/?#][\x21-\x7e]*)?", re.ASCII)


class Partition(NamedTuple):
    """Where a partition's console is, and the endpoint that signs in to it."""

    regions: str
    sign_in: str
    console: str


PARTITIONS = (
    Partition("cn-", "https://signin.amazonaws.cn/federation", "console.amazonaws.cn"),
    Partition(
        "us-gov-",
        "https://signin.amazonaws-us-gov.com/federation",
        "console.amazonaws-us-gov.com",
    ),
    Partition("", "https://signin.aws.amazon.com/federation", "console.aws.amazon.com"),
)
"""By the beginning of their regions' names; the last one is of every other region."""


def partition_of(region: str | None) -> Partition:
    """The partition of a region; of none it is AWS's own. Raises InvalidValue."""
    if region is not None and _REGION.fullmatch(region) is None:
        raise InvalidValue(f"{shown(region)} is no region", hint="write it as in eu-west-1")
    return next(p for p in PARTITIONS if (region or "").startswith(p.regions))


def destination_of(
    partition: Partition, region: str | None, service: str | None, url: str | None
) -> str:
    """The page of the console to go to: its home, a service's, or that of a URL of the console.

    Raises Usage, InvalidValue.
    """
    if url is not None:
        if service is not None:
            raise Usage("--service and --destination name two pages", hint="give one of them")
        return _checked(partition, url)
    if service is not None and _SERVICE.fullmatch(service) is None:
        raise InvalidValue(
            f"{shown(service)} is no service of the console",
            hint="write it as its pages' addresses have it: ec2, s3, iam",
        )
    query = "" if region is None else f"?region={region}"
    return f"https://{partition.console}/{service or 'console'}/home{query}"


def _checked(partition: Partition, url: str) -> str:
    """A page of the partition's console: nobody else's page is gone to by way of a sign-in."""
    found = _URL.fullmatch(url)
    host = found[1] if found else ""
    if host != partition.console and not host.endswith(f".{partition.console}"):
        raise InvalidValue(
            f"{shown(url, 200)} is no page of the console",
            hint=f"it begins with https://{partition.console}/",
        )
    return url


def session_at_hand(environ: Mapping[str, str]) -> RemoteCredentials:
    """The session of AWS's in the environment; when it ends nobody says (0).

    Raises NotAuthenticated when there is none, or it is one of iamctl's.
    """
    key_id, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    token = environ.get("AWS_SESSION_TOKEN")
    if not (key_id and secret and token):
        raise NotAuthenticated(
            "there is no session of AWS's in the environment to sign in with",
            code="MissingAuthenticationToken",
            hint="name a role: iamctl console ROLE",
        )
    if token.startswith(TOKEN_START):
        raise NotAuthenticated(
            "the session in the environment is one of iamctl's: only iamctl verifies it, and "
            "AWS's console knows nothing of it",
            hint="name a role, to sign in with a session of AWS's: iamctl console ROLE",
        )
    return RemoteCredentials(key_id, _secret(secret), _secret(token), 0)


def _secret(text: str) -> Secret:
    """An environment value; what was not UTF-8 there becomes the bytes it was."""
    return Secret(text.encode("utf-8", "surrogateescape"))
