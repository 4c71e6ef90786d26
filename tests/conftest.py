"""What every test may rely on."""

import signal
from collections.abc import Iterator

import pytest

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
