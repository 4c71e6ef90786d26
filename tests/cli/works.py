"""What each command of the tree does when all is well: lines that make it do its work.

A new command adds at least one line: to the block that says what the line changes, or to a new
block. The home that the lines run in is `furnish`'s.
"""

import json
import os
import shlex
import subprocess
import time
from base64 import b32encode, b64decode
from collections.abc import Iterator
from typing import NamedTuple

import pyotp

from iamctl.cli.table_making import leaves
from tests.cli.conftest import TEAM, UUID
from tests.cli.forked import forked
from tests.federation import identities, saml_identities

LEAVES = dict(leaves())

KEY_OF_ALICE = "AKIAALICE0000000IMPT"
ORPHAN = "AKIABOB0000000ORPHAN"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
DOCUMENT = (
    '{"Statement": {"Effect": "Allow", "Action": ["s3:GetObject", "sts:GetFederationToken"], '
    '"Resource": "*"}}\n'
)
TRUST = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", '
    '"Principal": {"AWS": "arn:aws:iam::111122223333:user/bob"}}}\n'
)
POOL = "eu-west-1:0f1a2b3c-4d5e-4f60-8718-293a4b5c6d7e"
GUEST = "eu-west-1:11111111-2222-4333-8444-555555555555"
POOL_TRUST = json.dumps({"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
    "Principal": {"Federated": "cognito-identity.amazonaws.com"},
    "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": POOL}},
}})  # fmt: skip
CLAIMS = (
    "iamctl-tests: 1\nallow:\n- {principal: role/deployer, action: cloudformation:ListStacks}\n"
)
STDIN = {
    "user create -": "carol\ndave\n",
    "key import bob": f"AKIABOB00000000IMPRT {SECRET}\n",
    "user inline put bob Own -": DOCUMENT,
    "simulate": '{"id": 1, "action": "s3:ListBuckets"}\n',
}
"""Line -> what is on its standard input; nothing on the others'."""


class Work(NamedTuple):
    """A command line; whether it needs the directory file; what it changes.

    Of `changes`: work (the working folder, with the directory file), state (vault and trust),
    config (the user's settings), data (what other programs load) and aws (the AWS config file).
    """

    line: str
    reads: bool
    changes: frozenset[str]
    start: str = "furnished"
    """What it starts from: `furnished`; `versioned`, the same in a git repository with one commit;
    `divided`, the same in several files; `untrusted`, the same
    but for trust; `fresh`, nothing."""

    @property
    def arguments(self) -> list[str]:
        """The line as a command gets it."""
        return shlex.split(self.line)

    @property
    def words(self) -> tuple[str, ...]:
        """The command that the line calls."""
        return words_of(self.line)


def words_of(line: str) -> tuple[str, ...]:
    """The words of a line that name its command."""
    given = tuple(shlex.split(line))
    return next((given[:n] for n in range(1, len(given) + 1) if given[:n] in LEAVES), ())


def _lines(
    text: str, reads: bool = True, changes: str = "", start: str = "furnished"
) -> Iterator[Work]:
    for line in text.strip().splitlines():
        yield Work(line.strip(), reads, frozenset(changes.split()), start)


# Questions: they read the directory file and change nothing.
QUESTIONS = """
    user list
    user show alice
    user create erin --dry-run
    user boundary alice
    user inline list alice
    user inline show alice Own
    group list
    group show developers
    group inline list developers
    group inline show developers Own
    role list
    role show deployer
    role boundary deployer
    role trust deployer
    role inline list deployer
    role inline show deployer Own
    policy list
    policy show ReadArtifacts
    policy search CloudTrail
    key list
    mfa list
    mfa show phone
    mfa code phone
    provider list
    provider show idp
    pool list
    pool show web
    pool token web eu-west-1:11111111-2222-4333-8444-555555555555
    pool credentials web eu-west-1:11111111-2222-4333-8444-555555555555 -o sh
    account show
    account alias
    account quota
    show alice
    tree
    graph
    status
    diff directory.yaml
    access-diff directory.yaml
    validate
    vault status
    whoami --as alice
    get-caller-identity --as alice
    assume-role deployer --as alice -o sh
    assume deployer --as alice -o fish
    assume deployer --as alice -o json
    get-session-token --as alice -o sh
    get-federation-token ci --as alice -o json
    assume-role-with-web-identity runner --session-name ci --web-identity-token file://token -o sh
    assume-role-with-saml runner --provider corp --saml-assertion file://response -o json
    sessions list
    exec deployer --as alice -- true
    exec deployer --as alice --server -- true
    shell deployer --as alice
    console deployer
    can alice s3:GetObject arn:aws:s3:::artefacts/app.zip
    who-can s3:GetObject arn:aws:s3:::artefacts/app.zip
    what-can alice
    watch-expiry --key-age 9999d
    test access-tests.yaml
    prove implies ReadArtifacts ReadArtifacts
    prove equivalent ReadArtifacts ReadArtifacts
    prove disjoint ReadArtifacts arn:aws:iam::aws:policy/IAMReadOnlyAccess
    prove never alice iam:CreateUser
    join --dry-run
"""

# Edits of the directory file.
EDITS = """
    user create carol -o json
    user create -
    user rename bob robert
    user update alice --path /ops/
    user delete bob --cascade --yes
    user revoke-sessions alice --roles --yes
    user tag alice desk=12
    user untag bob team
    user attach bob ReadArtifacts
    user detach alice ReadArtifacts
    user boundary bob DeveloperBoundary
    user inline put bob Own -
    user inline delete alice Own --yes
    group create testers
    group rename developers engineers
    group update developers --path /eng/
    group delete developers --cascade --yes
    group add visitors alice
    group remove developers bob
    group attach developers DeployStack
    group detach developers ReadArtifacts
    group inline put developers More document.json
    group inline delete developers Own --yes
    role create auditor --allow user/bob
    role update deployer --description Deploys
    role delete deployer --cascade --yes
    role revoke-sessions deployer --yes
    role trust deployer trust.json
    role allow deployer account/444455556666
    role disallow deployer user/bob
    role tag deployer desk=12
    role untag deployer team
    role attach deployer ReadArtifacts
    role detach deployer DeployStack
    role boundary deployer DeveloperBoundary
    role inline put deployer More document.json
    role inline delete deployer Own --yes
    policy create More document.json
    policy update ReadArtifacts document.json
    policy delete DeployStack --cascade --yes
    policy tag ReadArtifacts desk=12
    policy untag ReadArtifacts team
    key activate AKIABOB0000000000001
    key deactivate AKIAALICE0000000IMPT
    key delete AKIABOB0000000000001 --yes
    mfa deactivate phone --yes
    mfa tag drawer desk=12
    mfa untag phone team
    provider create ci --url https://ci.example.com --client-id sts.amazonaws.com --jwks jwks.json
    provider rename okta okta-eu
    provider delete okta --yes
    provider add-client-id idp more
    provider remove-client-id idp sts.amazonaws.com
    provider refresh idp --jwks jwks.json --yes
    provider update-metadata corp --metadata metadata.xml --yes
    provider tag idp desk=12
    provider untag idp team
    pool create app --provider google
    pool set-roles web --no-guests
    pool update web --no-allow-classic-flow
    pool add-provider web okta
    pool remove-provider web google
    pool map web google --claim team --equals eng --role deployer
    pool unmap web google
    pool tag web desk=12
    pool untag web team
    pool delete web --yes
    account alias acme
    account quota roles 5
    validate --fix
"""

# Edits of the directory file and the vault.
SECRETS = """
    key create alice -o json
    key import bob
    key rotate alice --quiet
    key delete AKIAALICE0000000IMPT --yes
    mfa create tablet -o json
    mfa enable drawer --user bob
    mfa delete phone --cascade --yes
    user delete alice --cascade --yes
"""

# What the vault alone sees: trust stands beside it.
VAULT = """
    vault import secrets.vault
    sessions forget --all
    vault prune --yes
    vault rewrap --to passphrase
    vault rotate-signing-key --now --yes
    mfa resync phone
    pool get-id web
"""

WORKS: tuple[Work, ...] = (
    *_lines(QUESTIONS),
    *_lines(EDITS, changes="work"),
    *_lines(SECRETS, changes="work state"),
    *_lines(VAULT, changes="state"),
    *_lines("split --by file --yes", changes="work state"),
    *_lines("join --yes", changes="work", start="divided"),
    *_lines("trust --yes", changes="state", start="untrusted"),
    *_lines("log\nblame alice.tags", start="versioned"),
    *_lines("blame-access alice s3:GetObject", start="versioned"),
    *_lines("git check-staged\ngit check-rebased\ngit uninstall", start="versioned"),
    *_lines("git install", changes="work", start="versioned"),
    *_lines("git textconv base.yaml\ngit merge-driver base.yaml base.yaml base.yaml", reads=False),
    *_lines("vault export team.vault\ntest new-tests.yaml --init", changes="work"),
    *_lines("init --user me", changes="work state config", start="fresh"),
    *_lines("config set duration 2h\nconfig unset duration", reads=False, changes="config"),
    *_lines("completion bash --install", reads=False, changes="data"),
    *_lines("aws-config remove kept", reads=False, changes="aws"),
    *_lines("aws-config install deployer --as alice", changes="aws"),
    *_lines("assume deployer --as alice -o dotenv --output-file credentials", changes="work"),
    *_lines(
        "simulate\naws-config list\nconfig get duration\nconfig list\nconfig path\ncompletion zsh\n"
        "policy list --scope aws\npolicy show arn:aws:iam::aws:policy/ReadOnlyAccess",
        reads=False,
    ),
)
"""All of them."""


def furnish(home) -> None:
    """Make the home that the lines run in: a team, a vault with alice's key, an orphan, an export.

    Everything that a line takes away, overwrites or switches is there for it.
    """
    section = "\nidentity_providers:\n"
    home.file.write_text(_HAND.replace(section, section + _providers()))
    (home.folder / "base.yaml").write_text(_HAND)
    (home.folder / "document.json").write_text(DOCUMENT)
    (home.folder / "trust.json").write_text(TRUST)
    (home.folder / "pool-trust.json").write_text(POOL_TRUST)
    (home.folder / "access-tests.yaml").write_text(CLAIMS)
    (home.folder / "federated.json").write_text(_trust_of_providers())
    _save_tokens(home)
    _done(home, "init")
    for line in _FURNISHING.strip().splitlines():
        _done(home, line)
    _done(home, "key import alice", f"{KEY_OF_ALICE} {SECRET}")
    kept = home.text()
    _done(home, "key import alice", f"AKIAALICE000000LAPTP {SECRET}")
    _done(home, "vault export secrets.vault")
    home.file.write_text(kept)
    _done(home, "vault prune --yes")
    _done(home, "key import alice", f"{ORPHAN} {SECRET}")
    home.file.write_text(kept)
    _done(home, "mfa create drawer -o json")
    made = _done(home, "mfa create phone --tag team=payments -o json")
    first, second = (code_of(made, step) for step in (-2, -1))
    _done(home, f"mfa enable phone --user alice --code1 {first} --code2 {second}")
    _remember_guest(home)


def divide(home) -> None:
    """Split the directory of a furnished home over several files."""
    _done(home, "split --by file --yes")


def version(home) -> None:
    """Commit all that is in a furnished home."""
    who = {f"GIT_{whose}_{what}": "ada@example.com"
           for whose in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}  # fmt: skip
    for words in ("init --quiet", "add --all", "commit --quiet --message first"):
        subprocess.run(
            ["git", *words.split()], cwd=home.folder, env={**home.environment, **who}, check=True
        )


def _remember_guest(home) -> None:
    """The vault knows a guest of the pool."""
    from iamctl.vault import VaultSettings, open_vault

    folder = os.path.join(home.environment["XDG_STATE_HOME"], "iamctl", UUID)
    vault = open_vault(folder, UUID, "file", VaultSettings(home.environment, os.urandom))
    vault.put_pool_identity(POOL, (f"guest {GUEST}",), GUEST)


def _trust_of_providers() -> str:
    """A trust policy that names both providers, as JSON."""
    arn = "arn:aws:iam::111122223333:"
    names = (f"{arn}oidc-provider/idp.example.com/tenant", f"{arn}saml-provider/corp")
    statements = [
        {
            "Effect": "Allow",
            "Action": "sts:*",
            "Principal": {"Federated": name},
            "Condition": {"StringLike": {key: "*"}},
        }
        for name, key in zip(names, ("idp.example.com/tenant:sub", "saml:sub"), strict=True)
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _save_tokens(home) -> None:
    """A good token and a good SAML response, new keys and new metadata, each in a file."""
    now = int(time.time())
    said = identities.claims(iat=now - 5, exp=now + 3600)
    (home.folder / "token").write_text(identities.token(said))
    pair = "arn:aws:iam::111122223333:role/runner,arn:aws:iam::111122223333:saml-provider/corp"
    role = saml_identities.attribute(f"{saml_identities.PREFIX}Role", pair)
    attributes = (role, saml_identities.ATTRIBUTES[1])
    until = {"begin": now - 60, "end": now + 3600, "confirmed_until": now + 3600}
    keys = {"keys": [{**identities.public_jwk("next"), "kid": "next"}]}
    (home.folder / "jwks.json").write_text(json.dumps(keys))
    (home.folder / "metadata.xml").write_text(
        saml_identities.metadata(entity="https://new.example")
    )
    (home.folder / "response").write_text(saml_identities.good(attributes=attributes, **until))


def _providers() -> str:
    """A provider of each kind, as lines of the section."""
    jwks = {"main": identities.public_jwk()}
    providers = {
        "idp": {
            "url": identities.URL,
            "client_ids": ["sts.amazonaws.com"],
            "jwks": jwks,
            "tags": {"team": "ci"},
        },
        "corp": {"saml_metadata": saml_identities.metadata()},
    }
    return "".join(f"  {name}: {json.dumps(said)}\n" for name, said in providers.items())


def code_of(response: str, step: int) -> str:
    """The code of a new device, so many steps from now, out of AWS's response."""
    seed = json.loads(response)["VirtualMFADevice"]["Base32StringSeed"]
    return pyotp.TOTP(b64decode(seed).decode()).at(int(time.time()) + 30 * step)


_HAND = (
    TEAM.replace(
        "      team: search\n",
        """\
      team: search
    keys:
      AKIABOB0000000000001:
        created: 2026-01-02T03:04:05Z
        status: inactive
  walter: {}   # written by hand: no id yet
""",
    )
    + f"""\

identity_providers:
  google:
    url: https://google.example.com
    client_ids: [web]
  okta:
    url: https://okta.example.com
    client_ids: [web]

identity_pools:
  web:
    id: {POOL}
    providers: [google]
    authenticated_role: deployer
    classic_flow: allow
    role_mappings:
      google: {{type: token}}
    tags: {{team: payments}}
"""
)

_FURNISHING = """
    key delete AKIAALICE00000000001 --yes
    user inline put alice Own document.json
    group inline put developers Own document.json
    role inline put deployer Own document.json
    group create visitors
    role create runner --trust federated.json
    role allow deployer user/bob
    role tag deployer team=payments
    policy tag ReadArtifacts team=payments
    config set duration 1h
    config set aliases.prod deployer
    config set directories.5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21.aws.account 111122223333
    aws-config install deployer --profile other
    aws-config install deployer --profile kept
    console deployer
    role create visitor --trust pool-trust.json
    pool set-roles web --guest-role visitor
"""


def _done(home, line: str, stdin: str = "") -> str:
    told = forked(home, shlex.split(line), stdin=stdin, prepare=type_passphrases)
    assert told.code == 0, (line, told)
    return told.out


def type_passphrases() -> None:
    """In a fork: a person types the same passphrase whenever asked, which costs little to stretch,
    and the next codes of an MFA device."""
    import functools

    from iamctl import prompts, vault
    from iamctl.domain.secret import Secret

    setattr(prompts, "ask_terminal", type_codes())  # noqa: B010
    answer_as_aws()

    setattr(  # noqa: B010
        vault,
        "VaultSettings",
        functools.partial(
            vault.VaultSettings, prompt=lambda _: Secret(b"correct horse"), scrypt_log_n=10
        ),
    )


def answer_as_aws() -> None:
    """In a fork: real AWS grants alice the role deployer and signs a browser in."""
    from iamctl.aws.signin import FederationEndpoint
    from iamctl.aws.sts import BotocoreSts
    from iamctl.domain.secret import Secret
    from iamctl.ports.aws import RemoteCredentials, RemoteIdentity, RemoteSession

    own = "111122223333"
    session = RemoteSession(
        RemoteCredentials(
            "ASIAREAL000000000001", Secret("s"), Secret("t"), int(time.time()) + 3600
        ),
        f"arn:aws:sts::{own}:assumed-role/deployer/alice",
        "AROAREAL000000000001:alice",
        None,
        None,
    )
    alice = RemoteIdentity(own, f"arn:aws:iam::{own}:user/eng/alice", "AIDAREAL000000000001")
    for made, name, answer in (
        (BotocoreSts, "caller_identity", alice),
        (BotocoreSts, "assume_role", session),
        (FederationEndpoint, "url", Secret("https://signin.aws.amazon.com/federation?x=y")),
    ):
        setattr(made, name, lambda *_, answer=answer: answer)


def type_codes():
    """What a person types who is asked for two codes: those of the next step and the one after,
    so that they were not used before."""
    from iamctl.bootstrap import Runtime
    from iamctl.domain.secret import Secret

    left: list[str] = []

    def typed(message: str, **_) -> Secret:
        if not left:
            repository = Runtime().repository(None)
            held = Runtime().vault(repository.load(), repository.path)
            seed = held.mfa_seed(message.removeprefix("Code of ").removesuffix(": "))
            totp = pyotp.TOTP(b32encode(seed.reveal()).decode())
            left.extend(totp.at(int(time.time()) + 30 * step) for step in (1, 2))
        return Secret(left.pop(0).encode())

    return typed
