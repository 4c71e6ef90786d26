"""The default profile of a person's AWS files, which SDKs ask before a container endpoint."""

import os
from collections.abc import Iterator, Mapping

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
    ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", ("default",)),
    ("AWS_CONFIG_FILE", "~/.aws/config", ("default", "profile default")),
)
_CARRIED = (("region", ("AWS_REGION", "AWS_DEFAULT_REGION")), ("output", ("AWS_DEFAULT_OUTPUT",)))


def hidden_files(environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What keeps the default profile from being asked first, and the paths that it hides.

    A file whose default profile is somebody is not read by the command; the region and the output
    form that it sets are passed on in variables. A file that cannot be understood stays: the SDK
    will say so.
    """
    variables: dict[str, str] = {}
    hidden = []
    for variable, usual, sections in _FILES:
        path = environ.get(variable) or _home(usual, environ)
        settings = dict(_default_settings(path, sections))
        if not _IDENTITY & settings.keys():
            continue
        variables[variable] = os.devnull
        hidden.append(path)
        for setting, names in _CARRIED:
            if setting in settings and not any(environ.get(name) for name in names):
                variables |= dict.fromkeys(names, settings[setting])
    return variables, hidden


def _home(path: str, environ: Mapping[str, str]) -> str:
    home = environ.get("HOME")
    return path.replace("~", home, 1) if home else os.path.expanduser(path)


def _default_settings(path: str, sections: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    import configparser

    # As botocore reads it; a section without a name of its own is nobody's default.
    parser = configparser.RawConfigParser(default_section="", strict=False)
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as file:
            parser.read_file(file)
    except (OSError, ValueError, configparser.Error):
        return
    for section in sections:
        if parser.has_section(section):
            yield from parser.items(section)
