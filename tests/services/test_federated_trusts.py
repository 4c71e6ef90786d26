"""Trust in what other identity providers vouch for: the engine lets in those and nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.directory import Directory
from iamctl.domain.errors import Conflict, InvalidValue, NotFound, Usage
from iamctl.policy.collect import Collector
from iamctl.policy.evaluate import evaluate
from iamctl.policy.layers import Layers
from iamctl.policy.request import Request, context_of, federated_caller
from iamctl.services import providers, trusts
from iamctl.services.principals import parse_principal

ACCOUNT = "123456789012"
GITHUB = "token.actions.githubusercontent.com"
CLUSTER = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E"
COGNITO = "cognito-identity.amazonaws.com"
POOL = "eu-west-1:5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21"
STS = "sts.amazonaws.com"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ship"
METADATA = "<EntityDescriptor/>"


def oidc(host, *client_ids):
    return {"url": f"https://{host}", "client_ids": list(client_ids)}


PLAIN = {
    "iamctl": 1,
    "account": {"id": ACCOUNT},
    "roles": {
        "ship": {
            "id": "AROASHIPSHIPSHIPSH222",
            "trust": {
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": {"Service": "ec2.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }],
            },
        },
    },
    "identity_providers": {
        "github": oidc(GITHUB, STS),
        "prod-cluster": oidc(CLUSTER, STS),
        "google": oidc("accounts.google.com", "web.example", "app.example"),
        "okta": oidc("acme.okta.com"),
        "lab": oidc("gitlab.com", "https://gitlab.com"),
        "dvc": oidc("studio.datachain.ai/api", STS),
        "corp": {"saml_metadata": METADATA},
    },
    "identity_pools": {"web": {"id": POOL, "providers": ["google"]}, "new": {"providers": []}},
}  # fmt: skip


@pytest.fixture
def directory():
    return Directory(PLAIN)


def allowed_in(directory, provider, claims, action="sts:AssumeRoleWithWebIdentity") -> bool:
    """Whether the role's trust policy lets in a caller of the provider with these claims."""
    layers = Layers()._replace(resource=Collector(directory, lambda arn: None, 0).trust("ship"))
    caller = federated_caller(provider)
    request = Request(caller, action, ROLE, context_of(caller, 0, resource=ROLE, extra=claims))
    return evaluate(request, layers).allowed


def arn_of(directory, name):
    """How trust policies name a provider: by its ARN, Google by its domain."""
    return directory.identity_provider(name).principal(directory.account.id)


def allow(directory, applied, *principals, **more):
    changes = trusts.plan_allow(directory, role="ship", principals=principals, **more)
    return applied(directory, changes)


def github(directory, sub, aud=STS):
    return allowed_in(
        directory, arn_of(directory, "github"), {f"{GITHUB}:sub": sub, f"{GITHUB}:aud": aud}
    )


SUBJECTS = (
    "repo:acme/shop:ref:refs/heads/main",
    "repo:acme/shop:ref:refs/heads/feature/x",
    "repo:acme/shop:ref:refs/heads/main2",
    "repo:acme/shop:ref:refs/tags/main",
    "repo:acme/shop:ref:refs/heads/Main",
    "repo:acme/shop:environment:main",
    "repo:acme/shop:environment:production",
    "repo:acme/shop:environment:production:ref:refs/heads/main",
    "repo:acme/shop:pull_request",
    "repo:acme/shop2:ref:refs/heads/main",
    "repo:acme2/shop:ref:refs/heads/main",
    "repo:acme/sho:ref:refs/heads/main",
    "repo:evil/acme/shop:ref:refs/heads/main",
    "repo:acme/shop:ref:refs/heads/main:environment:x",
    "repo:acme/shop",
    "",
)


@pytest.mark.parametrize(("text", "any_ref", "let_in"), [
    ("github/acme/shop@main", False, {SUBJECTS[0]}),
    ("github/acme/shop@feature/x", False, {SUBJECTS[1]}),
    ("github/acme/shop:main", False, {SUBJECTS[5]}),
    ("github/acme/shop:production", False, {SUBJECTS[6]}),
    ("github/acme/shop", True,
     {s for s in SUBJECTS if s.startswith("repo:acme/shop:")}),
])  # fmt: skip
def test_github_lets_in_what_is_named(directory, applied, text, any_ref, let_in):
    after = allow(directory, applied, text, any_ref=any_ref)
    assert {s for s in SUBJECTS if github(after, s)} == let_in
    assert not any(github(after, s, aud="https://github.com/acme") for s in SUBJECTS)
    assert not any(github(directory, s) for s in SUBJECTS)
    claims = {f"{GITHUB}:sub": SUBJECTS[0], f"{GITHUB}:aud": STS}
    for action in ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:TagSession"):
        assert not allowed_in(after, arn_of(after, "github"), claims, action)
    assert not allowed_in(after, arn_of(after, "prod-cluster"), claims)
    other = arn_of(after, "github").replace(ACCOUNT, "210987654321")
    assert not allowed_in(after, other, claims)
    del claims[f"{GITHUB}:aud"]
    assert not allowed_in(after, arn_of(after, "github"), claims)


def test_a_bare_repository_needs_the_option(directory):
    with pytest.raises(Usage, match="pull request") as caught:
        parse_principal(directory, "github/acme/shop")
    assert "--any-ref" in (caught.value.hint or "")


@pytest.mark.parametrize("text", [
    "github/acme", "github/acme/", "github//shop", "github/acme/*", "github/*/shop@main",
    "github/acme/shop@", "github/acme/shop@*", "github/acme/shop@release/*",
    "github/acme/sh?p@main",
    "github/acme/shop:", "github/acme/shop:*", "github/acme/shop:a:b", "github/acme/shop@a:b",
    "github/acme/shop@main@x", "github/acme/shop:prod@main", "github/acme/shop/x@main",
    "github/-acme/shop@main", "github/acme-/shop@main", "github/ac--me/shop@main",
    "github/acme/..@main", "github/acme/.@main", "github/acme/shop@a..b", "github/acme/shop@/a",
    "github/acme/shop@a/", "github/acme/shop@a//b", "github/acme/shop@a.lock",
    "github/acme/shop@a ",
    "github/acme/shop@${aws:x}", "github/acme/shop@a\n", "github/acme/shop@refs\\x",
    "github/acme/shop: prod", "github/acme/shop@.a", "github/acme/shop@a/.b",
    "github/acmé/shop@main",
])  # fmt: skip
def test_github_names_are_checked(directory, text):
    with pytest.raises(InvalidValue):
        parse_principal(directory, text, any_ref=True)


@given(st.text(alphabet="ab.:@/*?$-_ \n", max_size=12))
def test_no_text_smuggles_a_wider_subject_in(rest):
    """Whatever passes names one subject of the repository, or, bare, all of that repository."""
    directory = Directory(PLAIN)
    try:
        principal = parse_principal(directory, f"github/acme/{rest}", any_ref=True)
    except InvalidValue:
        return
    _, subject = principal.conditions
    (value,) = subject.values
    repository = value.split(":")[1]
    assert repository.startswith("acme/")
    assert repository.count("/") == 1
    if subject.operator == "StringEquals":
        assert not set(value) & set("*?$\n")
        assert value.split(":")[2:] in (
            ["ref", f"refs/heads/{rest.partition('@')[2]}"],
            ["environment", rest.partition(":")[2]],
        )
    else:
        assert value == f"repo:acme/{rest}:*"
        assert not set(rest) & set(":@/*?$ \n")


def eks(directory, sub, aud=STS, provider="prod-cluster", host=CLUSTER):
    claims = {f"{host}:sub": sub, f"{host}:aud": aud}
    return allowed_in(directory, arn_of(directory, provider), claims)


@pytest.mark.parametrize("name", [
    "prod-cluster", "EXAMPLED539D4633E53DE1B716D3041E", "exampled539d4633e53de1b716d3041e",
])  # fmt: skip
def test_a_service_account_of_a_cluster(directory, applied, name):
    after = allow(directory, applied, f"eks/{name}/payments/shop")
    assert eks(after, "system:serviceaccount:payments:shop")
    for name in ("payments:shop2", "payments:default", "payments", "other:shop"):
        assert not eks(after, f"system:serviceaccount:{name}")
    assert not eks(after, "system:serviceaccount:payments:shop", aud="kubernetes")
    assert not eks(after, "system:serviceaccount:payments:shop", provider="github", host=GITHUB)


@pytest.mark.parametrize(("text", "error"), [
    ("eks/prod-cluster", InvalidValue), ("eks/prod-cluster/a", InvalidValue),
    ("eks/prod-cluster/a/b/c", InvalidValue), ("eks/prod-cluster/*/b", InvalidValue),
    ("eks/prod-cluster/a/*", InvalidValue), ("eks/prod-cluster/a:b/c", InvalidValue),
    ("eks/prod-cluster/A/b", InvalidValue), ("eks//a/b", NotFound), ("eks/corp/a/b", NotFound),
    ("eks/prod/a/b", NotFound), ("eks/okta/a/b", Conflict),
])  # fmt: skip
def test_what_is_no_service_account(directory, text, error):
    with pytest.raises(error):
        parse_principal(directory, text)


def test_an_oidc_provider_for_its_own_client_ids(directory, applied):
    after = allow(directory, applied, "provider/google")

    def let_in(aud, provider="google"):
        claims = {"accounts.google.com:aud": aud, "accounts.google.com:sub": "1"}
        return allowed_in(after, arn_of(after, provider), claims)

    assert let_in("web.example")
    assert let_in("app.example")
    assert not let_in("other.example")
    assert not let_in("web.example", "okta")
    assert not allowed_in(after, arn_of(after, "google"), {"accounts.google.com:sub": "1"})


def test_a_saml_provider_for_aws_sign_in(directory, applied):
    after = allow(directory, applied, "provider/corp")
    arn, action = arn_of(after, "corp"), "sts:AssumeRoleWithSAML"
    right = {"saml:aud": "https://signin.aws.amazon.com/saml"}
    assert allowed_in(after, arn, right, action)
    assert not allowed_in(after, arn, {"saml:aud": "https://evil.example/saml"}, action)
    assert not allowed_in(after, arn, {}, action)
    assert not allowed_in(after, f"{arn}2", right, action)
    assert not allowed_in(after, arn, right)


@pytest.mark.parametrize("texts", [("user/alice",), ("github/acme/shop@main", "eks/a/b/c"), ()])
def test_the_option_stands_for_a_repository(directory, texts):
    with pytest.raises(Usage, match="--any-ref"):
        trusts.plan_allow(directory, role="ship", principals=texts, any_ref=True)


@pytest.mark.parametrize(
    "text", ["provider/github", "provider/lab", "provider/dvc", "provider/prod-cluster"]
)
def test_an_issuer_that_everybody_shares_is_not_trusted_whole(directory, text):
    with pytest.raises(InvalidValue, match="every "):
        parse_principal(directory, text)


def pool(directory, amr, aud=POOL):
    return allowed_in(directory, COGNITO, {f"{COGNITO}:aud": aud, f"{COGNITO}:amr": amr})


def test_the_users_and_the_guests_of_a_pool(directory, applied):
    users, guests = ("authenticated", "accounts.google.com"), ("unauthenticated",)
    other = "eu-west-1:00000000-0000-4000-8000-000000000000"
    after = allow(directory, applied, "pool/web")
    assert pool(after, users)
    assert not pool(after, guests)
    assert not pool(after, users, other)
    assert not pool(after, ())
    after = allow(directory, applied, "pool/web:guest")
    assert pool(after, guests)
    assert not pool(after, users)
    assert not pool(after, guests, other)


@pytest.mark.parametrize(("text", "error"), [
    ("pool/webb", NotFound), ("pool/new", Conflict), ("pool/web:user", InvalidValue),
    ("pool/web:", InvalidValue), ("pool/web:guest:", InvalidValue), ("provider/googel", NotFound),
    ("provider/okta", Conflict),
    (f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}", InvalidValue),
])  # fmt: skip
def test_what_cannot_be_trusted(directory, text, error):
    with pytest.raises(error) as caught:
        parse_principal(directory, text)
    assert caught.value.hint


def test_without_the_provider_its_making_is_named():
    directory = Directory({**PLAIN, "identity_providers": {}, "identity_pools": {}})
    with pytest.raises(NotFound) as caught:
        parse_principal(directory, "github/acme/shop@main")
    assert caught.value.hint == (
        f"iamctl provider create github --url https://{GITHUB} --client-id {STS}"
    )


def test_subjects_of_a_provider_stand_in_one_statement_and_leave_one_by_one(directory, applied):
    texts = ("github/acme/shop@main", "github/acme/shop:production", "github/acme/docs@main")
    after = allow(directory, applied, *texts)
    assert len(after.roles["ship"].trust.statements) == 2
    assert trusts.plan_allow(after, role="ship", principals=texts) == ()
    for sub in (SUBJECTS[0], SUBJECTS[6], "repo:acme/docs:ref:refs/heads/main"):
        assert github(after, sub)
    assert not github(after, "repo:acme/docs:environment:production")
    after = allow(after, applied, "github/acme/shop", any_ref=True)  # a statement of its own
    assert len(after.roles["ship"].trust.statements) == 3
    for count, text in enumerate((*texts, "github/acme/shop")):
        after = applied(after, trusts.plan_disallow(after, role="ship", principals=[text]))
        with pytest.raises(NotFound):
            trusts.plan_disallow(after, role="ship", principals=[text])
        assert len(after.roles["ship"].trust.statements) == (3, 3, 2, 1)[count]
    assert after.roles["ship"].trust == directory.roles["ship"].trust


@pytest.mark.parametrize(
    "text",
    [
        "github/ac--me/shop@main",
        "github/acme/..@main",
        "github/acme/shop@*",
        "github/acme/shop:a:b",
        "eks/prod-cluster/NS/web",
        "eks/prod-cluster/shop/WEB",
    ],
)
def test_what_is_wrong_with_a_name_is_said_in_words(directory, text):
    with pytest.raises(InvalidValue, match=r"must be (of|one)") as caught:
        parse_principal(directory, text)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["provider/google", "provider/corp", "pool/web", "pool/web:guest"])
def test_others_go_with_their_statement(directory, applied, text):
    after = allow(directory, applied, text)
    assert trusts.plan_allow(after, role="ship", principals=[text]) == ()
    after = applied(after, trusts.plan_disallow(after, role="ship", principals=[text]))
    assert after.roles["ship"].trust == directory.roles["ship"].trust


def test_a_provider_goes_whatever_the_conditions_on_it(directory, applied):
    """One that many share too, which cannot be trusted whole; and one with other client ids now."""
    texts = ("github/acme/shop@main", "provider/google", "pool/web")
    after = allow(directory, applied, *texts)
    changed = providers.plan_add_client_ids(after, name="google", client_ids=["another"])
    after = applied(after, changed)
    gone = ["provider/github", "provider/google"]
    after = applied(after, trusts.plan_disallow(after, role="ship", principals=gone))
    assert trusts.notes(after, role="ship", principals=gone, allowed=False) == ()
    assert after.roles["ship"].trust == allow(directory, applied, "pool/web").roles["ship"].trust
    with pytest.raises(NotFound, match="does not trust") as caught:
        trusts.plan_disallow(after, role="ship", principals=["provider/github"])
    assert caught.value.hint


def test_a_statement_with_more_conditions_is_left_alone(directory, applied):
    """Another condition makes it another statement: nothing is listed in it, nothing taken out."""
    after = allow(directory, applied, "github/acme/shop@main")
    own = after.value_at(("roles", "ship", "trust", "Statement", 1))
    block = {**own["Condition"], "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    trust = {"Version": "2012-10-17", "Statement": [{**own, "Sid": "Mine", "Condition": block}]}
    after = Directory({**PLAIN, "roles": {"ship": {"id": "AROASHIPSHIPSHIPSH222", "trust": trust}}})
    with pytest.raises(NotFound):
        trusts.plan_disallow(after, role="ship", principals=["github/acme/shop@main"])
    wider = allow(after, applied, "github/acme/docs@main")
    assert len(wider.roles["ship"].trust.statements) == 2


def test_a_statement_written_by_hand_takes_more_subjects(directory, applied):
    own = {
        "Sid": "Actions", "Effect": "Allow", "Action": ["sts:AssumeRoleWithWebIdentity"],
        "Principal": {"Federated": [arn_of(directory, "github")]},
        "Condition": {
            "StringEquals": {
                f"{GITHUB.title()}:SUB": SUBJECTS[0], f"{GITHUB}:aud": [STS],
            },
        },
    }  # fmt: skip
    trust = {"Version": "2012-10-17", "Statement": own}
    after = Directory({**PLAIN, "roles": {"ship": {"id": "AROASHIPSHIPSHIPSH222", "trust": trust}}})
    assert trusts.plan_allow(after, role="ship", principals=["github/acme/shop@main"]) == ()
    after = allow(after, applied, "github/acme/shop:production")
    assert len(after.roles["ship"].trust.statements) == 1
    assert github(after, SUBJECTS[0])
    assert github(after, SUBJECTS[6])


def test_plain_principals_do_not_join_a_statement_with_conditions(directory, applied):
    after = allow(directory, applied, "github/acme/shop@main", "service/lambda")
    plain, conditional = after.roles["ship"].trust.statements
    assert plain.principals == {"Service": ("ec2.amazonaws.com", "lambda.amazonaws.com")}
    assert conditional.principals == {"Federated": (arn_of(after, "github"),)}
