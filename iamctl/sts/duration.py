"""How long a session lasts. Texts and bounds: the STS API Reference."""

from iamctl.domain.entities import DEFAULT_SESSION_DURATION
from iamctl.domain.errors import InvalidValue

SHORTEST = 900
LONGEST = 43200
CHAINED = 3600
LONGEST_OF_USER, DEFAULT_OF_USER = 129600, 43200
"""Of GetSessionToken and GetFederationToken."""

ABOVE_ROLE = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
ABOVE_CHAINED = (
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
    "role chaining"
)


def check_bounds(seconds: int | None, longest: int = LONGEST) -> None:
    """Refuse a duration that no session of the kind has; raises InvalidValue with AWS's text."""
    if seconds is None or SHORTEST <= seconds <= longest:
        return
    word, limit = ("greater", SHORTEST) if seconds < SHORTEST else ("less", longest)
    raise InvalidValue(
        f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy "
        f"constraint: Member must have value {word} than or equal to {limit}",
        hint=f"a session lasts from 15m to {longest // 3600}h",
    )


def session_duration(
    asked: int | None, configured: int | None, role_maximum: int, chained: bool
) -> int:
    """Seconds the session lasts: what was asked, else what is configured, else an hour.

    What was asked is refused above the role's maximum, or above an hour when the caller is a
    session itself; what is configured is cut to them. Credentials of GetSessionToken count as
    chaining too (AWS does not say; users report the same limit).
    """
    maximum = min(role_maximum, CHAINED) if chained else role_maximum
    if asked is None:
        wanted = DEFAULT_SESSION_DURATION if configured is None else max(configured, SHORTEST)
        return min(wanted, maximum)
    if chained and asked > CHAINED:
        raise InvalidValue(ABOVE_CHAINED, hint="ask for 1h or less")
    if asked > role_maximum:
        raise InvalidValue(ABOVE_ROLE, hint=f"the role allows {role_maximum} seconds")
    return asked


def user_session_duration(asked: int | None) -> int:
    """Seconds that a session of GetSessionToken or GetFederationToken lasts: 12 hours unless it
    was asked for otherwise, from 15 minutes to 36 hours. Raises InvalidValue."""
    check_bounds(asked, LONGEST_OF_USER)
    return DEFAULT_OF_USER if asked is None else asked
