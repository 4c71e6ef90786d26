"""The default profile of a person's AWS files, which SDKs ask before a container endpoint."""

import os
from collections.abc import Callable, Iterator, Mapping

_IDENTITY = frozenset(
    {
        "aws_access_key_id",
        "credential_process",
        "login_session",
        "role_arn",
        "sso_session",
        "sso_start_url",
        "web_identity_token_file",
    }
)
"""Settings that make a profile somebody (AWS SDKs and Tools Reference Guide)."""

_FILES = (
    ("AWS_SHARED_CREDENTIALS_FILE", ("~/.aws/credentials",), lambda section: section == "default"),
    ("AWS_CONFIG_FILE", ("~/.aws/config",), lambda section: _is_default(section)),
    ("BOTO_CONFIG", ("/etc/boto.cfg", "~/.boto"), lambda section: section == "Credentials"),
)
"""The variable that names a file, where it is without, and the section in it that is taken when
nothing else is chosen. The last is boto's, which botocore still reads before an endpoint."""
_KEY_FILE = "AWS_CREDENTIAL_FILE"
"""Names a file of keys alone, of the oldest tools; botocore reads it too."""
_CARRIED = (("region", ("AWS_REGION", "AWS_DEFAULT_REGION")), ("output", ("AWS_DEFAULT_OUTPUT",)))


def hidden_files(environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What keeps the default profile from being asked first, and the paths that it hides.

    A file whose default profile is somebody is not read by the command; the region and the output
    form that it sets are passed on in variables. A file that cannot be understood stays: the SDK
    will say so.
    """
    variables: dict[str, str] = {}
    hidden = []
    for variable, usual, is_default in _FILES:
        named = environ.get(variable)
        for path in (named,) if named else [_home(place, environ) for place in usual]:
            settings = dict(_default_settings(path, is_default))
            if not _IDENTITY & settings.keys():
                continue
            variables[variable] = os.devnull
            hidden.append(path)
            for setting, names in _CARRIED:
                if setting in settings and not any(environ.get(name) for name in names):
                    variables |= dict.fromkeys(names, settings[setting])
    if environ.get(_KEY_FILE):
        variables[_KEY_FILE] = os.devnull
        hidden.append(environ[_KEY_FILE])
    return variables, hidden


def _is_default(section: str) -> bool:
    """Whether a section of the config file is the default profile, its name taken out of quotes and
    whatever begins with `profile` before it, as botocore reads it."""
    import shlex

    try:
        words = shlex.split(section)
    except ValueError:
        return False
    return section == "default" or (section.startswith("profile") and words[1:] == ["default"])


def _home(path: str, environ: Mapping[str, str]) -> str:
    home = environ.get("HOME")
    return path.replace("~", home, 1) if home else os.path.expanduser(path)


def _default_settings(path: str, is_default: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    import configparser

    # As botocore reads it; a section without a name of its own is nobody's default.
    parser = configparser.RawConfigParser(default_section="", strict=False)
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as file:
            parser.read_file(file)
    except (OSError, ValueError, configparser.Error):
        return
    for section in filter(is_default, parser.sections()):
        yield from parser.items(section)
