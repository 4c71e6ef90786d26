"""`iamctl status`: the state of the directory on one screen."""

from collections.abc import Sequence

from iamctl.bootstrap import Runtime
from iamctl.cli.app import single
from iamctl.cli.facts import Facts, lines
from iamctl.cli.options import Directory, Output
from iamctl.cli.output import for_pipe, say, show_facts
from iamctl.cli.values import check_form
from iamctl.domain.directory import Directory as Loaded
from iamctl.domain.errors import InvalidDirectory, VaultUnavailable
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.services.memberships import Ending
from iamctl.services.status import KEY_AGE, SOON, Ages, Status
from iamctl.services.status import status as status_of
from iamctl.services.validate import findings

_BAR = 20
_FEW = 5
_WORDS = {
    "users": ("user", "users"),
    "groups": ("group", "groups"),
    "roles": ("role", "roles"),
    "policies": ("policy", "policies"),
    "mfa": ("MFA device", "MFA devices"),
    "identity_providers": ("identity provider", "identity providers"),
    "identity_pools": ("identity pool", "identity pools"),
    "resources": ("resource policy", "resource policies"),
}


def status(output: Output = None, directory: Directory = None) -> None:
    """The state of the directory on one screen: what it holds, and what wants looking after.

    Ages of active access keys (AWS advises to rotate them after 90 days), memberships that end
    within 30 days or have ended, users without an MFA device, and how many warnings `validate`
    has. No vault is opened.

    \b
    iamctl status
    iamctl status -o json
    """
    check_form(output)
    runtime = Runtime()
    now = runtime.now()
    repository = runtime.repository(directory)
    loaded, problems = repository.load_with_problems()
    found = findings(loaded, problems, runtime.catalogue, runtime.federation)
    errors = [problem for problem in found if problem.severity == "error"]
    if errors:
        raise InvalidDirectory.of(errors)
    told = status_of(loaded, found, now)
    vault = _vault(runtime, loaded, repository.path)
    show_facts(
        output,
        _facts(told, loaded, repository.path, vault, for_pipe(output)),
        lambda: _shape(told, loaded, repository.path, vault),
        lambda: _shape(told, loaded, repository.path, vault),
        loaded.account.id,
    )


app = single(status)


def _vault(runtime: Runtime, loaded: Loaded, path: str) -> str | None:
    """The kind of the vault that the directory may open here; None for none."""
    try:
        if loaded.uuid is None or not runtime.vaults.is_trusted(loaded.uuid, path):
            return None
        return runtime.vaults.kind(loaded.uuid)
    except VaultUnavailable as error:
        say(f"note: {error.message}")
        return "unknown"


def _facts(told: Status, loaded: Loaded, path: str, vault: str | None, piped: bool) -> Facts:
    account = loaded.account
    alias = f" ({account.alias})" if account.alias else ""
    many = len(loaded.users)
    lacking = len(told.without_mfa)
    mfa = f"{lacking} of {_counted('users', many)}{_some(told.without_mfa, piped)}"
    held = [_counted(section, number) for section, number in told.counts.items() if number]
    warned = "; `iamctl validate` shows them" if told.warnings and not piped else ""
    return [
        ("account", account.id + alias),
        ("file", path),
        ("vault", vault or ("none" if piped else "none that this file may open here")),
        ("holds", lines(held) if piped else ", ".join(held)),
        ("active keys", str(told.active)),
        ("inactive keys", f"{len(told.inactive)}{_some([k.key_id for k in told.inactive], piped)}"),
        ("key ages", lines(_bars(told.ages, piped)) if told.active else ""),
        ("keys due", _due(told, piped)),
        ("ending soon", _ends(told.ending, "leaves", piped)),
        ("ended", _ends(told.ended, "left", piped)),
        ("without MFA", mfa if many else ""),
        ("warnings", f"{told.warnings}{warned}"),
    ]


def _counted(section: str, number: int) -> str:
    one, more = _WORDS[section]
    return f"{number} {one if number == 1 else more}"


def _due(told: Status, piped: bool) -> str:
    """How many keys are older than AWS advises; nothing when there are none."""
    if not told.due or piped:
        return str(told.due or "")
    unknown = " or of unknown age" if told.ages[-1].first is None else ""
    return f"{told.due} older than {KEY_AGE} days{unknown}; AWS advises to rotate them"


def _some(names: Sequence[str], piped: bool) -> str:
    """A few of the names, for people; how many there are is said before."""
    if piped or not names:
        return ""
    rest = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f": {', '.join(names[:_FEW])}{rest}"


def _bars(ages: Sequence[Ages], piped: bool) -> list[str]:
    """A line for each span of days; bars are for people."""
    if piped:
        return [f"{_span(span)}: {span.keys}" for span in ages]
    most = max(span.keys for span in ages)
    bars = ("█" * -(-span.keys * _BAR // most) for span in ages)
    return [
        f"{_span(span):<15}  {f'{bar} ' if bar else ''}{span.keys}"
        for span, bar in zip(ages, bars, strict=True)
    ]


def _span(span: Ages) -> str:
    if span.first is None:
        return "unknown age"
    if span.last is None:
        return f"over {span.first - 1} days"
    return f"{span.first} to {span.last} days"


def _ends(found: Sequence[Ending], verb: str, piped: bool) -> str:
    shown = found if piped else found[:_FEW]
    said = [f"{one.user} {verb} {one.group} at {format_instant(one.until)}" for one in shown]
    if len(shown) < len(found):
        said.append(f"and {len(found) - len(shown)} more")
    return lines(said)


def _shape(told: Status, loaded: Loaded, path: str, vault: str | None) -> dict[str, Plain]:
    return {
        "Account": loaded.account.id,
        "AccountAliases": [loaded.account.alias] if loaded.account.alias else [],
        "File": path,
        "VaultKind": vault,
        "Counts": dict(told.counts),
        "AccessKeys": {
            "Active": told.active,
            "Inactive": [
                {"UserName": key.user, "AccessKeyId": key.key_id} for key in told.inactive
            ],
            "Due": told.due,
            "Ages": [
                {"FromDays": span.first, "ToDays": span.last, "Count": span.keys}
                for span in told.ages
            ],
        },
        "EndingWithinDays": SOON // 86400,
        "Ending": [_ending(one) for one in told.ending],
        "Ended": [_ending(one) for one in told.ended],
        "UsersWithoutMFADevice": list(told.without_mfa),
        "Warnings": told.warnings,
    }


def _ending(one: Ending) -> dict[str, Plain]:
    return {"UserName": one.user, "GroupName": one.group, "Until": format_instant(one.until)}
