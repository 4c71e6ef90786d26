"""The commands that start without Typer, as Typer's: with their options, help and completion.

`fastpath` calls the same functions; what it knows of their options is generated from here.
"""

from iamctl.cli import access_options, options, session_options
from iamctl.cli.app import described, single
from iamctl.cli.assume import assume
from iamctl.cli.caller import caller_identity
from iamctl.cli.can import can
from iamctl.cli.get_session_token import get_session_token
from iamctl.cli.validate import validate
from iamctl.cli.whoami import whoami

OPTIONS = (options, session_options, access_options)

assume_app = single(described(assume, *OPTIONS))
caller_app = single(described(caller_identity, *OPTIONS))
can_app = single(described(can, *OPTIONS))
get_session_token_app = single(described(get_session_token, *OPTIONS))
validate_app = single(described(validate, *OPTIONS))
whoami_app = single(described(whoami, *OPTIONS))
