"""Edits from the command line: plan, show, confirm, apply, report."""

from collections.abc import Callable, Sequence

from iamctl.bootstrap import Runtime
from iamctl.cli.confirm import confirm
from iamctl.cli.output import report, say, summary
from iamctl.domain.arns import is_aws_managed
from iamctl.domain.change import Changes
from iamctl.domain.ids import Randomness
from iamctl.domain.times import parse_duration
from iamctl.ports import Edit, Plan
from iamctl.services.minting import replayed
from iamctl.services.published import arn_of_name

WAIT = "30s"
"""How long editing commands wait for other writers by default."""


class Editing:
    """One editing command at work: the repository, one time and replayable randomness. What is new
    goes `into` one of the directory's files."""

    def __init__(
        self,
        directory: str | None,
        lock_timeout: str = WAIT,
        dry_run: bool = False,
        into: str | None = None,
    ) -> None:
        self.runtime = Runtime()
        wait = parse_duration(lock_timeout)
        self.repository = self.runtime.repository(directory, wait, into=into)
        self.dry_run = dry_run
        self.now = self.runtime.now()
        self._tape = replayed(self.runtime.randomness)

    @property
    def randomness(self) -> Randomness:
        """A source that starts anew at every use: a plan made twice mints the same ids."""
        return self._tape()

    def managed(self, name: str) -> str | None:
        """The ARN of the AWS managed policy of that name, or None."""
        return arn_of_name(self.runtime.catalogue, name)

    def apply(self, plan: Plan, done: str = "") -> Edit:
        """Carry the plan out and say what it did; `done` replaces the changes in words."""
        edit: Edit = self.repository.apply(plan, dry_run=self.dry_run)
        report(edit, self.dry_run, done)
        return edit

    def apply_confirmed(
        self,
        plan: Plan,
        question: str,
        yes: bool,
        along: Sequence[str] = (),
        prepare: Callable[[Changes], None] = lambda planned: None,
    ) -> Edit:
        """Show what the plan does, ask, carry out exactly that.

        `along` are lines that say what goes with it. `prepare` gets what was confirmed, before
        anything is changed: whatever else asks a person belongs there. Raises Usage without a
        terminal to ask on, Interrupted when the answer is no, ConcurrentChange when the plan
        comes out otherwise by then.
        """
        if self.dry_run:
            return self.apply(plan)
        planned = plan(self.repository.load(checked=False))
        for line in along:
            say(f"  {line}")
        if planned and not yes:
            for line in summary(planned):
                say(f"  {line}")
            confirm(question, yes)
        prepare(planned)
        edit: Edit = self.repository.apply(plan, confirmed=planned)
        report(edit, False)
        return edit


def note_unknown(runtime: Runtime, changes: Changes) -> None:
    """Say which of the AWS managed policies in the changes AWS's published list does not have."""
    for value in _texts([change.new for change in changes if hasattr(change, "new")]):
        if is_aws_managed(value) and runtime.catalogue.managed_policy(value) is None:
            say(f"note: AWS has published no policy {value}, as far as this release knows")


def _texts(value: object) -> list[str]:
    """The attached policies and boundaries in what an edit wrote, itself or its entities."""
    if isinstance(value, dict):
        return [t for key in ("policies", "boundary") for t in _texts(value.get(key))]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []
