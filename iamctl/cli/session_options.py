"""Options of the commands that get sessions: whose, how long, with what, and in which form."""

from typing import Annotated

import typer

from iamctl.cli.candidates import names_of, one_of, role_or_alias
from iamctl.cli.mfa_code import SETTING, VARIABLE
from iamctl.cli.shell import CREDENTIAL_FORMS

Role = Annotated[
    str | None,
    typer.Argument(
        metavar="ROLE",
        help="A role's name or ARN, or an alias of your settings.",
        autocompletion=role_or_alias,
    ),
]
RoleArn = Annotated[str | None, typer.Option("--role-arn", hidden=True)]
AsUser = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="USER",
        help="Call as this user, with the key in this machine's vault.",
        autocompletion=names_of("users"),
    ),
]
SessionName = Annotated[
    str | None,
    typer.Option(
        "--session-name",
        "--role-session-name",
        metavar="NAME",
        help="Names the session; the calling user's name without it.",
    ),
]
Duration = Annotated[
    str | None,
    typer.Option(
        "--duration",
        "--duration-seconds",
        metavar="DURATION",
        help="How long: 15m up to the role's maximum; 1h without it.",
    ),
]
ExternalId = Annotated[
    str | None, typer.Option("--external-id", metavar="ID", help="sts:ExternalId.")
]
SessionTags = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="KEY=VALUE", help="A session tag; repeatable."),
]
AwsTags = Annotated[list[str] | None, typer.Option("--tags", hidden=True)]
TransitiveTags = Annotated[
    list[str] | None,
    typer.Option(
        "--transitive-tag",
        "--transitive-tag-keys",
        metavar="KEY",
        help="This tag goes along to the next role; repeatable.",
    ),
]
SourceIdentity = Annotated[
    str | None,
    typer.Option("--source-identity", metavar="NAME", help="Stays with the whole chain."),
]
Chain = Annotated[
    bool, typer.Option("--chain", help="Call as the session in this shell's environment.")
]
SessionPolicy = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        help="A session policy, JSON or YAML; - is stdin. The session may do what it allows only.",
    ),
]
SessionPolicyArns = Annotated[
    list[str] | None,
    typer.Option(
        "--policy-arn",
        "--policy-arns",
        metavar="POLICY",
        help="A managed policy as session policy, by name or ARN; repeatable.",
        autocompletion=names_of("policies"),
    ),
]
MfaSerial = Annotated[
    str | None,
    typer.Option(
        "--mfa-serial",
        "--serial-number",
        metavar="DEVICE",
        help="Prove MFA with this device, by name or ARN, whether or not the role wants it.",
        autocompletion=names_of("mfa"),
    ),
]
OwnMfaSerial = Annotated[
    str | None,
    typer.Option(
        "--mfa-serial",
        "--serial-number",
        metavar="DEVICE",
        help="Prove MFA with this device of the calling user, by name or ARN.",
        autocompletion=names_of("mfa"),
    ),
]
OwnMfa = Annotated[
    bool, typer.Option("--mfa", help="Prove MFA with the calling user's only device.")
]
UserDuration = Annotated[
    str | None,
    typer.Option(
        "--duration",
        "--duration-seconds",
        metavar="DURATION",
        help="How long: 15m to 36h; 12h without it.",
    ),
]
MinTtl = Annotated[
    str | None,
    typer.Option(
        "--min-ttl",
        metavar="DURATION",
        help="How long a kept session must still last: 5m for shells, 16m for programs.",
        show_default=False,
    ),
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Take no kept session: get a new one and keep that.")
]
Aws = Annotated[
    bool,
    typer.Option("--aws", help="Credentials of real AWS, in the account that your settings pin."),
]
MfaCode = Annotated[
    str | None,
    typer.Option(
        "--mfa-code",
        "--token-code",
        metavar="CODE",
        help=f"The MFA device's code; else {VARIABLE}, your setting {SETTING}, or a prompt.",
    ),
]
Form = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORM",
        help="sh, bash, zsh, fish, powershell, nushell, dotenv, json, process or github; "
        "without it, the calling shell's.",
        autocompletion=one_of(*CREDENTIAL_FORMS),
    ),
]
OutputFile = Annotated[
    str | None,
    typer.Option(
        "--output-file",
        metavar="FILE",
        help="Write -o dotenv, json or process into this file, which only you can read.",
    ),
]
