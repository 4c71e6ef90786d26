"""What every test may rely on."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
SLOW = frozenset(
    {
        "aws/test_config_file.py",
        "aws/test_sts.py",
        "catalogue/test_refresh.py",
        "cli/test_access_diff.py",
        "cli/test_access_tests.py",
        "cli/test_account.py",
        "cli/test_assume.py",
        "cli/test_assume_federated.py",
        "cli/test_asked_of_the_past.py",
        "cli/test_aws.py",
        "cli/test_aws_config.py",
        "cli/test_blame_access.py",
        "cli/test_boundary.py",
        "cli/test_completion_command.py",
        "cli/test_config.py",
        "cli/test_console.py",
        "cli/test_every_edit.py",
        "cli/test_exec.py",
        "cli/test_exec_kept.py",
        "cli/test_exec_server.py",
        "cli/test_federated_trust.py",
        "cli/test_group.py",
        "cli/test_handing_over.py",
        "cli/test_key.py",
        "cli/test_log.py",
        "cli/test_mfa.py",
        "cli/test_mfa_code.py",
        "cli/test_own_shell.py",
        "cli/test_policy.py",
        "cli/test_pool.py",
        "cli/test_prove.py",
        "cli/test_provider.py",
        "cli/test_role.py",
        "cli/test_session_ends.py",
        "cli/test_show.py",
        "cli/test_simulate.py",
        "cli/test_user.py",
        "cli/test_vault.py",
        "cli/test_walk_of_nouns.py",
        "cli/test_ways_out.py",
        "cli/test_what_can.py",
        "contracts/test_vault.py",
        "policy/test_bombs.py",
        "policy/test_metamorphic.py",
        "policy/test_reach_layers.py",
        "services/test_access_diff.py",
        "services/test_claims.py",
        "services/test_prove.py",
        "services/test_prove_never.py",
        "services/test_random_plans.py",
        "services/test_what_can.py",
        "store/test_emit.py",
        "test_files.py",
        "test_settings.py",
        "vault/test_beside.py",
        "vault/test_changing.py",
        "vault/test_opening.py",
        "vault/test_unfinished.py",
    }
)
"""Whole files that `make check` leaves to `make test`, so that it stays under a minute."""
FAST = "not slow and not soak"
"""What `make check` selects."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files that are left out need not be read for that."""
    if config.option.markexpr != FAST or not collection_path.is_relative_to(ROOT):
        return None
    return str(collection_path.relative_to(ROOT)) in SLOW or None


def pytest_configure() -> None:
    """Commands that tests start hear every signal, as from a terminal: `nohup` and `&` of a script
    have us ignore some, and what is ignored stays so in children."""
    for heard, handler in (
        (signal.SIGHUP, signal.SIG_DFL),
        (signal.SIGQUIT, signal.SIG_DFL),
        (signal.SIGINT, signal.default_int_handler),
    ):
        if signal.getsignal(heard) is signal.SIG_IGN:
            signal.signal(heard, handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(ROOT) and str(item.path.relative_to(ROOT)) in SLOW:
            item.add_marker(pytest.mark.slow)


# Commands that tests start keep their bytecode: compiling it anew doubles what each one costs.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shell starts what runs in its background with Ctrl-C ignored, and children inherit that: then
# no program of ours could be interrupted, and tests that type Ctrl-C would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """A command line that fails in this process ignores Ctrl-C from then on: not the next test."""
    handler = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, handler)
