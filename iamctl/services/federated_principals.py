"""Principals that another identity provider vouches for, with the conditions that make them safe.

Sources: IAM User Guide, "Create a role for OpenID Connect federation", "Create a role for SAML 2.0
federation" and "Identity-provider controls for shared OIDC providers"; GitHub's "OpenID Connect
reference"; Amazon EKS User Guide, "IAM roles for service accounts"; Amazon Cognito Developer Guide,
"Role trust and permissions".
"""

from collections.abc import Iterable

from iamctl.domain.directory import Directory
from iamctl.domain.errors import Conflict, InvalidValue, NotFound, Usage
from iamctl.domain.names import Rule, did_you_mean, shown
from iamctl.domain.pools import IdentityPool
from iamctl.domain.providers import IdentityProvider
from iamctl.services.trust_statements import Condition, Principal

FEDERATED_FORMS = ("github", "eks", "provider", "pool")

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
SAML = "sts:AssumeRoleWithSAML"
GITHUB = "https://token.actions.githubusercontent.com"
COGNITO = "cognito-identity.amazonaws.com"
STS_AUDIENCE = "sts.amazonaws.com"
SAML_AUDIENCE = "https://signin.aws.amazon.com/saml"

_SHARED = {
    "token.actions.githubusercontent.com": "repository on GitHub",
    "vstoken.actions.githubusercontent.com": "repository on GitHub",
    "gitlab.com": "project on GitLab",
    "app.terraform.io": "workspace of Terraform Cloud",
    "agent.buildkite.com": "pipeline on Buildkite",
    "oidc.codefresh.io": "pipeline on Codefresh",
    "oidc-configuration.audit-log.githubusercontent.com": "enterprise on GitHub",
    "studio.datachain.ai/api": "team of DVC Studio",
    "scalr.io": "workspace of Scalr",
    "tokens.cloud.shisho.dev": "workflow of Shisho Cloud",
    "proidc.upbound.io": "control plane of Upbound",
}
"""Issuers that many organizations share, whose tokens say whose they are in `sub` alone."""

_OWNER = Rule(
    "a GitHub owner", 1, 64, r"[A-Za-z0-9](-?[A-Za-z0-9])*(_[A-Za-z0-9]+)?",
    "it is the organization or user as in the repository's address",
    "of letters and digits, with single - between them",
)  # fmt: skip
_REPOSITORY = Rule(
    "a GitHub repository", 1, 100, r"(?!\.{1,2}$)[A-Za-z0-9._-]+",
    "write github/ORG/REPO@BRANCH or github/ORG/REPO:ENVIRONMENT", "of letters, digits and . _ -",
)  # fmt: skip
_BRANCH = Rule(
    "a branch", 1, 244,
    r"(?!.*(\.\.|//|/\.|\.lock(/|$)))[A-Za-z0-9_#+=,-][A-Za-z0-9._/#+=,-]*(?<![./])",
    "others can be written into the trust policy itself: `iamctl role trust ROLE FILE`",
    "one branch, without wildcards",
)  # fmt: skip
_ENVIRONMENT = Rule(
    "an environment", 1, 255, r"[A-Za-z0-9_.-]([A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?",
    "others can be written into the trust policy itself: `iamctl role trust ROLE FILE`",
    "one environment, without wildcards",
)  # fmt: skip
_NAMESPACE = Rule(
    "a Kubernetes namespace", 1, 63, r"[a-z0-9]([a-z0-9-]*[a-z0-9])?",
    "write eks/PROVIDER/NAMESPACE/SERVICEACCOUNT", "of lower-case letters, digits and -",
)  # fmt: skip
_SERVICE_ACCOUNT = Rule(
    "a Kubernetes service account", 1, 253, r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?",
    "write eks/PROVIDER/NAMESPACE/SERVICEACCOUNT", "of lower-case letters, digits, - and .",
)  # fmt: skip


def parse_federated(directory: Directory, form: str, name: str, any_ref: bool) -> Principal:
    """The principal of one of `FEDERATED_FORMS`, by what stands behind its first slash.

    Raises InvalidValue for another form, NotFound for a provider or pool that does not exist,
    Conflict for one that lacks what a condition needs, Usage for a repository without `any_ref`.
    """
    if form == "github":
        return _github(directory, name, any_ref)
    if form == "eks":
        return _service_account(directory, name)
    if form == "pool":
        return _pool(directory, name)
    return _provider(directory, directory.identity_provider(name))


def check_any_ref(texts: Iterable[str], any_ref: bool) -> None:
    """Raise Usage for an `any_ref` that no principal is meant by."""
    if any_ref and not any(t.startswith("github/") and not {"@", ":"} & set(t) for t in texts):
        raise Usage(
            "--any-ref goes with github/ORG/REPO", hint="leave it out, or name a repository"
        )


def _github(directory: Directory, name: str, any_ref: bool) -> Principal:
    """A branch or an environment of a repository; with `any_ref` all of it.

    A job that names an environment has that in its `sub` in place of the branch, so neither form
    lets the other's jobs in.
    """
    owner, slash, rest = name.partition("/")
    at = next((n for n, char in enumerate(rest) if char in "@:"), len(rest))
    repository, mark, ref = rest[:at], rest[at : at + 1], rest[at + 1 :]
    if not slash:
        raise InvalidValue(
            f"{shown('github/' + name)} names no repository", hint="write github/ORG/REPO@BRANCH"
        )
    prefix = f"repo:{_OWNER.check(owner)}/{_REPOSITORY.check(repository)}"
    if mark == "@":
        subject = f"{prefix}:ref:refs/heads/{_BRANCH.check(ref)}"
    elif mark == ":":
        subject = f"{prefix}:environment:{_ENVIRONMENT.check(ref)}"
    elif any_ref:
        subject = f"{prefix}:*"
    else:
        raise Usage(
            f"{shown('github/' + name)} would let whoever can push any branch, or open a pull "
            "request from one, assume the role",
            hint="write github/ORG/REPO@BRANCH or github/ORG/REPO:ENVIRONMENT; "
            "--any-ref means all of it",
        )
    return _web_identity(directory, _github_provider(directory), subject)


def _github_provider(directory: Directory) -> IdentityProvider:
    provider = directory.provider_by_url(GITHUB)
    if provider is None:
        raise NotFound(
            "this directory has no identity provider for GitHub Actions",
            hint=f"iamctl provider create github --url {GITHUB} --client-id {STS_AUDIENCE}",
        )
    return provider


def _service_account(directory: Directory, name: str) -> Principal:
    """A service account of an EKS cluster, by the cluster's provider or the end of its URL."""
    words = name.split("/")
    if len(words) != 3:
        raise InvalidValue(
            f"{shown('eks/' + name)} is not a service account",
            hint="write eks/PROVIDER/NAMESPACE/SERVICEACCOUNT",
        )
    provider = _cluster(directory, words[0])
    namespace, account = _NAMESPACE.check(words[1]), _SERVICE_ACCOUNT.check(words[2])
    return _web_identity(directory, provider, f"system:serviceaccount:{namespace}:{account}")


def _cluster(directory: Directory, name: str) -> IdentityProvider:
    known = {p.name: p for p in directory.identity_providers.values() if not p.is_saml}
    if name in known:
        return known[name]
    found = [p for p in known.values() if p.host.rpartition("/")[2].lower() == name.lower()]
    if len(found) != 1:
        raise NotFound(
            f"this directory has no OIDC identity provider {shown(name)}",
            hint=did_you_mean(name, known)
            or f"iamctl provider create NAME --url https://oidc.eks.REGION.amazonaws.com/id/ID "
            f"--client-id {STS_AUDIENCE}",
        )
    return found[0]


def _web_identity(directory: Directory, provider: IdentityProvider, subject: str) -> Principal:
    """A subject of an OIDC provider, in tokens for STS and no other audience."""
    if STS_AUDIENCE not in provider.client_ids:
        raise Conflict(
            f"identity provider {shown(provider.name)} takes no tokens for {STS_AUDIENCE}",
            where=provider.source,
            hint=f"iamctl provider add-client-id {provider.name} {STS_AUDIENCE}",
        )
    operator = "StringLike" if subject.endswith("*") else "StringEquals"
    return Principal(
        "Federated",
        directory.arn(provider),
        action=WEB_IDENTITY,
        conditions=(
            Condition("StringEquals", f"{provider.host}:aud", (STS_AUDIENCE,)),
            Condition(operator, f"{provider.host}:sub", (subject,), listed=True),
        ),
    )


def _provider(directory: Directory, provider: IdentityProvider) -> Principal:
    """Whoever the provider vouches for, to its own client ids or to AWS's sign-in."""
    named = provider.principal(directory.account.id)
    if provider.is_saml:
        return Principal(
            "Federated",
            named,
            action=SAML,
            conditions=(Condition("StringEquals", "SAML:aud", (SAML_AUDIENCE,)),),
        )
    if everybody := _everybody(provider.host):
        raise InvalidValue(
            f"{shown('provider/' + provider.name)} would let every {everybody} in",
            hint=_narrower(provider),
        )
    if not provider.client_ids:
        raise Conflict(
            f"identity provider {shown(provider.name)} has no client ids",
            where=provider.source,
            hint=f"iamctl provider add-client-id {provider.name} CLIENT-ID",
        )
    audience = Condition("StringEquals", f"{provider.host}:aud", provider.client_ids)
    return Principal("Federated", named, action=WEB_IDENTITY, conditions=(audience,))


def _everybody(host: str) -> str | None:
    """Whom an issuer vouches for, where they are too many to be trusted all."""
    cluster = host.startswith("oidc.eks.") and "/id/" in host
    return "service account of the cluster" if cluster else _SHARED.get(host)


def _narrower(provider: IdentityProvider) -> str:
    if provider.url == GITHUB:
        return "write github/ORG/REPO@BRANCH or github/ORG/REPO:ENVIRONMENT"
    if provider.host.startswith("oidc.eks."):
        return f"write eks/{provider.name}/NAMESPACE/SERVICEACCOUNT"
    return f"write a condition on {provider.host}:sub: `iamctl role trust ROLE FILE`"


def _pool(directory: Directory, name: str) -> Principal:
    """Who has logged in to an identity pool or, with `:guest`, whoever has not."""
    pool_name, colon, guest = name.partition(":")
    if colon and guest != "guest":
        raise InvalidValue(
            f"{shown('pool/' + name)} is not a principal", hint="write pool/NAME or pool/NAME:guest"
        )
    pool: IdentityPool = directory.identity_pool(pool_name)
    if pool.id is None:
        raise Conflict(
            f"identity pool {shown(pool.name)} has no id yet",
            where=pool.source,
            hint="run `iamctl validate --fix` to mint the missing ids",
        )
    kind = "unauthenticated" if colon else "authenticated"
    return Principal(
        "Federated",
        COGNITO,
        action=WEB_IDENTITY,
        conditions=(
            Condition("StringEquals", f"{COGNITO}:aud", (pool.id,)),
            Condition("ForAnyValue:StringLike", f"{COGNITO}:amr", (kind,)),
        ),
    )
