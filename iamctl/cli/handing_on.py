"""A role's session for a command: in its environment, or from an endpoint that renews it."""

import gc
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, NoReturn

from iamctl.bootstrap import Runtime
from iamctl.cli.child import become, clean_environment, spawn
from iamctl.cli.obtaining import FOR_SDKS, IN_SHELLS, Wanted, obtain
from iamctl.cli.output import say
from iamctl.domain.errors import Usage
from iamctl.services.assume import AssumeResult


class Start(NamedTuple):
    """A command to start: the program's path, its words with its name first, its own variables."""

    program: str
    words: Sequence[str]
    variables: Mapping[str, str]


def least_left(min_ttl: str | None, server: bool) -> str:
    """What a kept session must last: as asked, else so long that an SDK takes it for fresh."""
    return min_ttl or (FOR_SDKS if server else IN_SHELLS)


def run_with_session(
    start: Start,
    wanted: Wanted,
    server: bool,
    announce: Callable[[AssumeResult], object] | None = None,
) -> NoReturn:
    """Run a command with the session that is wanted; this process ends as it does.

    With `server` the command has no keys in its environment but the address of an endpoint on
    loopback, which decides again whenever it is asked and gives a new session, or one that is
    kept because it took a code or real AWS. `announce` is called with what was granted, before
    the command begins. Raises what `obtain` raises, and CannotExecute.
    """
    if wanted.policy == "-":
        raise Usage("standard input is the command's", hint="give --policy a file")
    runtime = Runtime(lasting=server)
    result = obtain(wanted, runtime)
    for note in result.notes:
        say(note)
    if announce is not None:
        announce(result)
    if server:
        _beside_an_endpoint(start, wanted, runtime, result)
    from iamctl.rendering.credentials import values

    variables = {**start.variables, **values(result.credentials, result.account)}
    environ = clean_environment(runtime.environ, result.role_arn, variables)
    become(start.program, start.words, environ)


def _beside_an_endpoint(
    start: Start, wanted: Wanted, runtime: Runtime, result: AssumeResult
) -> NoReturn:
    from iamctl.cli.default_profile import hidden_files
    from iamctl.cli.mfa_code import CodeNeeded
    from iamctl.cli.supervising import end_alike, supervise
    from iamctl.endpoint.container import ContainerEndpoint
    from iamctl.rendering.credentials import container_response

    later = wanted._replace(unattended=True, no_cache=False)

    def provide() -> dict[str, str]:
        try:
            return container_response(obtain(later, runtime))
        except CodeNeeded:  # what is kept will do while it lasts
            return container_response(obtain(later._replace(min_ttl="1s"), runtime))

    gc.enable()  # this process may live for days
    endpoint = ContainerEndpoint(provide, runtime.randomness)
    hiding, hidden = hidden_files(runtime.environ)
    for path in hidden:
        say(f"{path} has an identity of its own as its default: the command does not see that file")
    variables = {**start.variables, **hiding, **endpoint.variables()}
    environ = clean_environment(runtime.environ, result.role_arn, variables)
    status = supervise(
        lambda mask: spawn(start.program, start.words, environ, mask), endpoint.start
    )
    end_alike(status)
