"""Questions about access from the command line: who asks, of what, under which circumstances."""

from collections.abc import Iterable

from iamctl.cli.documents import placed, read_supplied
from iamctl.cli.opened import Opened
from iamctl.domain.documents import DocumentKind
from iamctl.domain.errors import Usage
from iamctl.domain.names import shown
from iamctl.domain.times import parse_until
from iamctl.policy.compile import SourcePolicy
from iamctl.services.access import Access, Circumstances, Value, supplied_policy
from iamctl.services.subjects import Subject, caller_subject, with_session_policies
from iamctl.services.whoami import find_caller

ME = ":me"


class Asking:
    """One question at work: the directory as the file says it now, and one time.

    `near`, `rev` and `as_of` are as Opened has them. Raises InvalidDirectory, NotFound,
    StorageFailure, InvalidValue, Usage.
    """

    def __init__(
        self,
        directory: str | None,
        account_files: Iterable[str] | None = None,
        at: str | None = None,
        near: str | None = None,
        rev: str | None = None,
        as_of: str | None = None,
    ) -> None:
        self._opened = opened = Opened(directory, None, near, rev, as_of)
        self.path = opened.path
        self.directory = opened.directory
        files = tuple(account_files or ())
        if opened.side is None:
            accounts = opened.runtime.accounts(opened.directory, opened.path, files)
        else:
            accounts = opened.side.accounts(files)
        if account_files:
            accounts.ids()  # a file that cannot be read is an error, needed or not
        self._accounts = accounts
        self.access = self._access(opened.instant if at is None else parse_until(at, opened.now))

    def _access(self, now: int) -> Access:
        return Access(self.directory, self._opened.runtime.catalogue, now, self._accounts)

    def access_at(self, instant: int | None) -> Access:
        """The same as of another time, in epoch seconds; None is the time that was asked for."""
        return self.access if instant is None else self._access(instant)

    def subject(self, reference: str, session_policies: list[str] | None = None) -> Subject:
        """The principal that a word on the command line means, under session policies."""
        subject = self._me() if reference == ME else self.access.subject(reference)
        if not session_policies:
            return subject
        return with_session_policies(
            subject, tuple(read_policy(path, "session") for path in session_policies)
        )

    def _me(self) -> Subject:
        opened = self._opened
        caller = find_caller(opened.directory, opened.sources(), opened.vault, opened.now)
        return caller_subject(self.access.own, caller)


def circumstances(
    context: list[str] | None,
    no_defaults: bool,
    resource_policy: str | None = None,
    resource_account: str | None = None,
) -> Circumstances:
    """What the options add to a question. Raises Usage, MalformedPolicyDocument."""
    return Circumstances(
        context=parse_context(context or ()),
        defaults=not no_defaults,
        resource_policy=None
        if resource_policy is None
        else (read_policy(resource_policy, "resource"),),
        resource_account=resource_account,
    )


def parse_context(words: Iterable[str]) -> dict[str, Value]:
    """`KEY=VALUE` words as a context; keys compare ignoring case. Raises Usage."""
    values: dict[str, list[str]] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not (equals and key.strip()):
            raise Usage(
                f"{shown(word)} is no key of a context",
                hint="write KEY=VALUE, as in aws:MultiFactorAuthPresent=true",
            )
        values.setdefault(key.lower(), []).append(value)
    return {key: found[0] if len(found) == 1 else tuple(found) for key, found in values.items()}


def read_policy(path: str, kind: DocumentKind) -> SourcePolicy:
    """The policy in a file, or on stdin. Raises MalformedPolicyDocument with its lines."""
    supplied = read_supplied(path)
    with placed(supplied):
        return supplied_policy(supplied.document, supplied.locate, kind, path)
