"""Tokens and assertions of other identity providers, from their text to credentials."""

import pytest

from iamctl.catalogue import ShippedCatalogue
from iamctl.catalogue.managed_policies import ManagedPolicies
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AccessDenied, InvalidDirectory, InvalidValue, NotAuthenticated
from iamctl.domain.secret import Secret
from iamctl.federation import SignedFederation
from iamctl.ports import SigningKey
from iamctl.services.access import Access
from iamctl.services.federated import (
    Issuing,
    assume_role_with_saml,
    assume_role_with_web_identity,
)
from iamctl.services.office import CacheUse
from iamctl.services.principals import parse_principal
from iamctl.services.role_session import RoleAsked, role_session
from iamctl.services.subjects import caller_subject
from iamctl.services.whoami import whoami
from iamctl.sts.caller import CallerSources
from iamctl.sts.federated import FederatedRequest
from iamctl.sts.principal import Asked, request_of
from iamctl.sts.resolve import resolve_caller
from iamctl.sts.terms import AssumeRequest
from iamctl.sts.token import verify
from tests.federation import saml_identities as idp
from tests.federation.identities import NOW, URL, claims, public_jwk, token
from tests.services.builders import NO_CODE, unattended

UUID = "5b1d7c1e-3f1c-4f5d-8a55-0d7e5d6a1f00"
ACCOUNT = "123456789012"
HOST = URL.removeprefix("https://")
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOST}"
SAML = idp.PROVIDER
TAGS = "https://aws.amazon.com/tags"
SOURCE_IDENTITY = "https://aws.amazon.com/source_identity"
WEB, WITH_SAML = "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"
CATALOGUE, FEDERATION = ManagedPolicies(), SignedFederation()
ASKED = FederatedRequest()


class HeldVault:
    kind = "file"

    def signing_keys(self):
        return (SigningKey("k1", Secret(bytes(range(32)))),)

    def secret_access_key(self, key_id):
        return None


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(provider=OIDC, action=WEB, effect="Allow", **condition):
    more = {"Condition": condition} if condition else {}
    return {"Effect": effect, "Principal": {"Federated": provider}, "Action": action, **more}


def plain(*statements, **changed):
    role = {"id": "AROAENGINEER000000000", "trust": document(*(statements or (trust(),)))}
    return {
        "iamctl": 1,
        "directory": UUID,
        "account": {"id": ACCOUNT},
        "roles": {"engineer": {**role, **changed}},
        "identity_providers": {
            "idp": {
                "url": URL,
                "client_ids": ["sts.amazonaws.com"],
                "jwks": {"main": public_jwk()},
            },
            "corp": {"saml_metadata": idp.metadata()},
        },
    }


def issuing(directory, now=NOW, waits=None):
    made = directory if isinstance(directory, Directory) else Directory(directory)
    return Issuing(made, HeldVault(), FEDERATION, CATALOGUE, now, lambda n: b"\x2a" * n,
                   (waits if waits is not None else []).append)  # fmt: skip


def web(directory, said=None, role="engineer", name="alice", asked=ASKED, text=None):
    text = text or token(said or claims())
    return assume_role_with_web_identity(issuing(directory), role, name, text, asked)


def saml(directory, asked=ASKED, role="engineer", provider="corp", text=None, **changed):
    text = text or idp.good(**changed)
    return assume_role_with_saml(issuing(directory), role, provider, text, asked)


def saml_trust(*more, action=WITH_SAML, **condition):
    return plain(trust(SAML, action, **condition), *more)


def refused(call, *args, **more):
    with pytest.raises(AccessDenied) as caught:
        call(*args, **more)
    return caught.value


def said_by(session, directory):
    """The claims of the session's token."""
    given = session.credentials.session_token.reveal_text()
    return verify(given, HeldVault().signing_keys(), UUID, session.issued).claims


def environment(session):
    given = session.credentials
    return {
        "AWS_ACCESS_KEY_ID": given.access_key_id,
        "AWS_SECRET_ACCESS_KEY": given.secret_access_key.reveal_text(),
        "AWS_SESSION_TOKEN": given.session_token.reveal_text(),
    }


def caller_of(session, directory, now=NOW):
    sources = CallerSources(environment(session), chain=True)
    held = HeldVault()
    return resolve_caller(Directory(directory), sources, held.secret_access_key,
                          held.signing_keys, now)[0]  # fmt: skip


def test_a_token_becomes_a_session_of_the_role():
    given = web(plain())
    assert given[1:] == ("alice@example.com", URL, "sts.amazonaws.com")
    session = given.session
    assert session.assumed_role_arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/engineer/alice"
    assert session.assumed_role_id == "AROAENGINEER000000000:alice"
    assert session.credentials.expiration == NOW + 3600
    assert session.caller_arn == OIDC
    claims_ = said_by(session, plain())
    assert (claims_.provider, claims_.chain) == (OIDC, (OIDC,))
    assert claims_.context == {f"{HOST}:aud": "sts.amazonaws.com",
                               f"{HOST}:sub": "alice@example.com"}  # fmt: skip


def test_whoami_says_whose_session_it_is():
    session = web(plain()).session
    found = whoami(
        Directory(plain()), CallerSources(environment(session)), HeldVault, CATALOGUE, NOW + 1
    )
    assert found.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/engineer/alice"


def test_a_later_request_of_the_session_still_has_what_survives():
    said = claims(amr=["mfa", "pwd"], email="a@example.com")
    caller = caller_of(web(plain(), said).session, plain())
    context = request_of(caller, "s3:GetObject", Asked(), NOW).context
    assert context["aws:federatedprovider"] == OIDC
    assert context[f"{HOST}:amr"] == ("mfa", "pwd")
    assert context[f"{HOST}:sub"] == "alice@example.com"
    assert f"{HOST}:email" not in context
    assert f"{HOST}:oaud" not in context


def test_the_first_hop_is_no_chaining():
    long = FederatedRequest(duration=7200)
    given = web(plain(max_session_duration="2h"), asked=long).session
    assert given.credentials.expiration == NOW + 7200


@pytest.mark.parametrize(
    ("asked", "maximum", "seconds"),
    [
        (FederatedRequest(), "2h", 3600),
        (FederatedRequest(duration=900), "2h", 900),
        (FederatedRequest(configured_duration=7200), "1h", 3600),
        (FederatedRequest(duration=43200), "12h", 43200),
    ],
)
def test_durations_are_those_of_the_role(asked, maximum, seconds):
    given = web(plain(max_session_duration=maximum), asked=asked).session
    assert given.credentials.expiration == NOW + seconds


@pytest.mark.parametrize("duration", [899, 43201, 3601])
def test_a_duration_that_the_role_does_not_allow_is_refused(duration):
    with pytest.raises(InvalidValue):
        web(plain(), asked=FederatedRequest(duration=duration))
    with pytest.raises(InvalidValue):
        saml(saml_trust(), asked=FederatedRequest(duration=duration))


@pytest.mark.parametrize("name", ["a", "a b", "x" * 65, "é"])
def test_a_session_name_keeps_to_its_rule(name):
    with pytest.raises(InvalidValue):
        web(plain(), name=name)


def test_no_trust_no_session_and_the_refusal_says_only_the_action():
    for statement in (
        trust(f"arn:aws:iam::{ACCOUNT}:oidc-provider/other.example.com"),
        trust(SAML),
        trust(action="sts:AssumeRole"),
        {**trust(), "Principal": "*"},
        {**trust(), "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
    ):
        error = refused(web, plain(statement))
        assert error.message == f"Not authorized to perform {WEB}"
        assert error.code == "AccessDenied"


def test_a_condition_that_fails_is_named_in_the_details():
    condition = {"StringEquals": {f"{HOST}:sub": "bob@example.com"}}
    error = refused(web, plain(trust(**condition)))
    assert error.message == f"Not authorized to perform {WEB}"
    assert "bob@example.com" in " ".join(error.details)
    assert "alice@example.com" in " ".join(error.details)


def test_an_explicit_deny_wins():
    deny = trust(effect="Deny", StringLike={f"{HOST}:sub": "alice*"})
    assert refused(web, plain(trust(), deny)).details


def test_a_missing_role_is_refused_like_a_refusing_one_with_the_reason_beside():
    error = refused(web, plain(), role="enginer")
    assert error.message == f"Not authorized to perform {WEB}"
    assert any("enginer" in line for line in error.details)
    arn = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    assert refused(web, plain(), role=arn).message == f"Not authorized to perform {WEB}"
    error = refused(saml, saml_trust(), role="nobody")
    assert error.message == f"Not authorized to perform {WITH_SAML}"


def test_a_role_without_unique_id_cannot_be_assumed_yet():
    with pytest.raises(InvalidDirectory):
        web(plain(id=None))


def test_an_unknown_issuer_is_refused_in_awss_words():
    with pytest.raises(NotAuthenticated) as caught:
        web(plain(), claims(iss="https://unknown.example.com"))
    assert caught.value.message == (
        "No OpenIDConnect provider found in your account for https://unknown.example.com"
    )
    assert caught.value.code == "InvalidIdentityToken"


@pytest.mark.parametrize(
    "issuer",
    ["https://idp.example.com/;id", "https://idp.example.com/$(id)", "x; id", "https://a'b"],
)
def test_an_unknown_issuer_puts_no_code_into_a_command_to_copy(issuer):
    with pytest.raises(NotAuthenticated, match="No OpenIDConnect provider found") as caught:
        web(plain(), claims(iss=issuer))
    assert "iamctl provider create" not in (caught.value.hint or "")


def test_the_token_is_checked_by_the_provider_it_names():
    with pytest.raises(NotAuthenticated, match="Token signature invalid"):
        web(plain(), text=token(name="mallory"))


CLAIM_CONDITIONS = [
    ({"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}}, True),
    ({"StringEquals": {f"{HOST}:sub": "alice@example.com"}}, True),
    ({"StringEquals": {f"{HOST}:email": "alice@mail.example"}}, True),
    ({"ForAnyValue:StringEquals": {f"{HOST}:oaud": "sts.amazonaws.com"}}, True),
    ({"ForAnyValue:StringEquals": {f"{HOST}:amr": "mfa"}}, True),
    ({"ForAnyValue:StringEquals": {f"{HOST}:amr": "pwd2"}}, False),
    ({"StringEquals": {f"{HOST}:department": "eng"}}, False),
    ({"StringEquals": {"other.example.com:sub": "alice@example.com"}}, False),
    ({"StringEquals": {"sts:RoleSessionName": "alice"}}, True),
    ({"StringEquals": {"sts:RoleSessionName": "bob"}}, False),
    ({"StringEquals": {"aws:FederatedProvider": OIDC}}, True),
    ({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, False),
    ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
    ({"StringEquals": {"aws:ResourceTag/stage": "prod"}}, True),
]


@pytest.mark.parametrize(("condition", "met"), CLAIM_CONDITIONS)
def test_the_conditions_of_a_trust_policy_see_the_claims_that_aws_maps(condition, met):
    said = claims(email="alice@mail.example", amr=["pwd", "mfa"], department="eng")
    directory = plain(trust(**condition), tags={"stage": "prod"})
    if met:
        assert web(directory, said)
    else:
        refused(web, directory, said)


def test_github_gets_its_own_keys_and_nobody_else_does():
    url = "https://token.actions.githubusercontent.com"
    host = url.removeprefix("https://")
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"
    said = claims(iss=url, repository="acme/shop", ref="refs/heads/main")
    for provider, key, met in ((url, host, True), (URL, HOST, False)):
        condition = {"StringEquals": {f"{key}:repository": "acme/shop"}}
        directory = plain(trust([arn, OIDC], **condition))
        directory["identity_providers"]["idp"]["url"] = provider
        asked = {**said, "iss": provider}
        assert bool(web(directory, asked)) if met else refused(web, directory, asked)


def test_google_is_trusted_by_its_domain_as_in_aws():
    url, host = "https://accounts.google.com", "accounts.google.com"
    said = claims(iss=url, aud="web", azp="phone")
    keys = {"StringEquals": {f"{host}:aud": "phone", f"{host}:oaud": "web"}}
    directory = plain(trust(host, **keys))
    directory["identity_providers"]["idp"] |= {"url": url, "client_ids": ["phone"]}
    session = web(directory, said).session
    assert said_by(session, directory).provider == host
    directory = plain(trust(f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"))
    directory["identity_providers"]["idp"] |= {"url": url, "client_ids": ["phone"]}
    assert host in " ".join(refused(web, directory, said).details)
    assert host in parse_principal(Directory(directory), "provider/idp")


NESTED = {"principal_tags": {"team": ["eng"], "Cost": ["7"]}, "transitive_tag_keys": ["team"]}
FLAT = {
    f"{TAGS}/principal_tags/team": "eng",
    f"{TAGS}/principal_tags/Cost": ["7"],
    f"{TAGS}/transitive_tag_keys": ["team"],
}


@pytest.mark.parametrize("extra", [{TAGS: NESTED}, FLAT])
def test_session_tags_come_out_of_the_token_in_either_form(extra):
    directory = plain(trust(action=[WEB, "sts:TagSession"]), tags={"Team": "old", "x": "y"})
    session = web(directory, claims(**extra)).session
    kept = said_by(session, directory)
    assert kept.tags == {"team": "eng", "Cost": "7"}
    assert kept.transitive == ("team",)
    assert session.packed is not None
    assert caller_of(session, directory).tags == {"team": "eng", "Cost": "7", "x": "y"}


def test_tags_need_sts_tag_session_of_the_trust_policy():
    error = refused(web, plain(), claims(**{TAGS: NESTED}))
    assert error.message == "Not authorized to perform sts:TagSession"
    only = {"StringEquals": {"aws:RequestTag/team": "ops"}}
    tagging = trust(action="sts:TagSession", **only)
    assert refused(web, plain(trust(), tagging), claims(**{TAGS: NESTED}))
    wanted = {"ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["team"],
                                            "aws:TagKeys": ["team", "Cost"]}}  # fmt: skip
    tagging = trust(action="sts:TagSession", **wanted)
    assert web(plain(trust(), tagging), claims(**{TAGS: NESTED}))


@pytest.mark.parametrize(
    "tags",
    [
        {"principal_tags": {"team": ["a", "b"]}},
        {"principal_tags": {"team": []}},
        {"principal_tags": {"team": 5}},
        {"principal_tags": ["team"]},
        {"principal_tags": {}, "transitive_tag_keys": [5]},
        "team=eng",
    ],
)
def test_tags_that_are_malformed_are_refused(tags):
    with pytest.raises(NotAuthenticated) as caught:
        web(plain(trust(action="sts:*")), claims(**{TAGS: tags}))
    assert caught.value.code == "InvalidIdentityToken"


@pytest.mark.parametrize(
    "tags",
    [
        {"principal_tags": {"aws:team": ["eng"]}},
        {"principal_tags": {"team": ["a"], "Team": ["b"]}},
        {"principal_tags": {"team": ["a"]}, "transitive_tag_keys": ["cost"]},
        {"principal_tags": {f"k{n}": ["v"] for n in range(51)}},
        {"principal_tags": {"team": ["x" * 257]}},
    ],
)
def test_tags_of_a_token_keep_to_the_rules_of_session_tags(tags):
    with pytest.raises(InvalidValue):
        web(plain(trust(action="sts:*")), claims(**{TAGS: tags}))


def test_a_source_identity_needs_leave_and_stays():
    said = claims(**{SOURCE_IDENTITY: "alice"})
    error = refused(web, plain(), said)
    assert error.message == "Not authorized to perform sts:SetSourceIdentity"
    condition = {"StringEquals": {"sts:SourceIdentity": "alice"}}
    both = (trust(), trust(action="sts:SetSourceIdentity", **condition))
    session = web(plain(*both), said).session
    assert session.source_identity == "alice"
    assert caller_of(session, plain(*both)).source_identity == "alice"


@pytest.mark.parametrize("value", ["a", "aws:x", "a b", 5, ["alice"], "x" * 65])
def test_a_bad_source_identity_is_refused_in_awss_words(value):
    with pytest.raises(NotAuthenticated) as caught:
        web(plain(trust(action="sts:*")), claims(**{SOURCE_IDENTITY: value}))
    assert caught.value.message == (
        'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"'
    )


def test_session_policies_go_into_the_session():
    policy = '{"Version":"2012-10-17","Statement":[]}'
    session = web(plain(), asked=FederatedRequest(policies=(policy,))).session
    assert said_by(session, plain()).policies == (policy,)
    assert session.packed == 2


def test_resource_control_policies_reach_those_whom_a_provider_vouches_for():
    deny = document({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole*",
                     "Resource": "*"})  # fmt: skip
    full = document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})
    organization = {
        "id": "o-abcdefghij",
        "management_account": "210987654321",
        "levels": [{"name": "root", "scps": {}, "rcps": {"Full": full, "Guard": deny}}],
    }
    assert refused(web, {**plain(), "organization": organization}).details


def test_a_session_is_issued_after_a_revocation_of_this_second():
    older = {"DateLessThan": {"aws:TokenIssueTime": "2026-11-24T09:00:01Z"}}
    revoked = {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": older}
    directory = plain(inline={"AWSRevokeOlderSessions": document(revoked)})
    waits = []
    made = issuing(directory, now=1_795_510_800, waits=waits)
    given = assume_role_with_web_identity(made, "engineer", "alice", token(), ASKED)
    assert waits == [1_795_510_801]
    assert given.session.issued == 1_795_510_801


def test_an_assertion_becomes_a_session_of_the_role():
    given = saml(saml_trust())
    assert given[1:] == (
        "alice",
        "persistent",
        idp.ENTITY,
        idp.SIGN_IN,
        # base64(sha1("https://idp.example.com/saml" + "123456789012" + "/corp"))
        "HahBW48oNiXLlr28VT6/xduH27c=",
    )
    session = given.session
    assert session.assumed_role_arn.endswith(":assumed-role/engineer/alice@example.com")
    assert said_by(session, saml_trust()).context == {
        "saml:sub": "alice",
        "saml:sub_type": "persistent",
        "saml:namequalifier": given.name_qualifier,
    }
    context = request_of(caller_of(session, saml_trust()), "s3:GetObject", Asked(), NOW).context
    assert context["saml:sub"] == "alice"
    assert "saml:aud" not in context


def test_other_formats_of_the_subject_are_said_whole():
    form = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
    assert saml(saml_trust(), format=form).subject_type == form


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ({"StringEquals": {"SAML:aud": idp.SIGN_IN}}, True),
        ({"StringEquals": {"SAML:aud": "https://other"}}, False),
        ({"StringEquals": {"saml:iss": idp.ENTITY}}, True),
        ({"StringEquals": {"saml:sub": "alice", "saml:sub_type": "persistent"}}, True),
        ({"StringEquals": {"saml:doc": f"{ACCOUNT}/corp"}}, True),
        ({"ForAnyValue:StringLike": {"saml:edupersonaffiliation": "staff"}}, True),
        ({"ForAnyValue:StringLike": {"saml:edupersonaffiliation": "student"}}, False),
        ({"StringEquals": {"saml:cn": "Alice"}}, True),
    ],
)
def test_the_conditions_of_a_trust_policy_see_the_assertion(condition, met):
    attributes = (
        *idp.ATTRIBUTES,
        idp.attribute("urn:oid:1.3.6.1.4.1.5923.1.1.1.1", "staff", "member"),
        idp.attribute("urn:oid:2.5.4.3", "Alice"),
    )
    directory = saml_trust(**condition)
    if met:
        assert saml(directory, attributes=attributes)
    else:
        refused(saml, directory, attributes=attributes)


def test_saml_needs_a_trust_of_its_own_action_and_provider():
    for statement in (trust(SAML, WEB), trust(OIDC, WITH_SAML), trust(SAML, "sts:AssumeRole")):
        assert refused(saml, plain(statement)).message == f"Not authorized to perform {WITH_SAML}"


@pytest.mark.parametrize("provider", ["corp", SAML])
def test_a_provider_goes_by_name_or_arn(provider):
    assert saml(saml_trust(), provider=provider)


@pytest.mark.parametrize(
    "provider", ["nobody", "idp", f"{SAML}x", OIDC, f"arn:aws:iam::{ACCOUNT}:role/engineer"]
)
def test_a_provider_that_is_none_of_saml_is_refused_in_awss_words(provider):
    with pytest.raises(NotAuthenticated) as caught:
        saml(saml_trust(), provider=provider)
    assert caught.value.message == "Specified provider doesn't exist."


def role_attribute(*values):
    return (idp.attribute(f"{idp.PREFIX}Role", *values), idp.ATTRIBUTES[1])


@pytest.mark.parametrize(
    ("values", "listed"),
    [
        ((f"{idp.ROLE},{SAML}",), True),
        ((f"{SAML},{idp.ROLE}",), True),
        ((f" {idp.ROLE} , {SAML} ",), True),
        ((f"{idp.ROLE}2,{SAML}", f"{idp.ROLE},{SAML}"), True),
        ((f"{idp.ROLE},{SAML}", f"{idp.ROLE},{SAML}"), True),
        ((), False),
        ((f"{idp.ROLE}2,{SAML}",), False),
        ((f"{idp.ROLE},{SAML}2",), False),
        ((idp.ROLE, SAML), False),
        ((f"{idp.ROLE},{SAML},{SAML}",), False),
        ((f"{idp.ROLE},{idp.ROLE}",), False),
    ],
)
def test_the_assertion_must_list_the_role_with_the_provider(values, listed):
    if listed:
        assert saml(saml_trust(), attributes=role_attribute(*values))
    else:
        error = refused(saml, saml_trust(), attributes=role_attribute(*values))
        assert error.message == f"Not authorized to perform {WITH_SAML}"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "RoleSessionName is required in AuthnResponse"),
        (("a",), "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"),
        (("a b",), "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"),
        (("alice", "bob"), "RoleSessionName in AuthnResponse must have exactly one value"),
    ],
)
def test_the_session_is_named_by_the_assertion(names, message):
    attributes = (idp.ATTRIBUTES[0], idp.attribute(f"{idp.PREFIX}RoleSessionName", *names))
    with pytest.raises(NotAuthenticated) as caught:
        saml(saml_trust(), attributes=attributes)
    assert (caught.value.code, caught.value.message) == ("InvalidIdentityToken", message)


def test_tags_and_source_identity_come_out_of_the_assertion():
    attributes = (
        *idp.ATTRIBUTES,
        idp.attribute(f"{idp.PREFIX}PrincipalTag:team", "eng"),
        idp.attribute(f"{idp.PREFIX}PrincipalTag:cost", "7"),
        idp.attribute(f"{idp.PREFIX}TransitiveTagKeys", "team"),
        idp.attribute(f"{idp.PREFIX}SourceIdentity", "alice"),
    )
    directory = saml_trust(action=[WITH_SAML, "sts:TagSession", "sts:SetSourceIdentity"])
    kept = said_by(saml(directory, attributes=attributes).session, directory)
    assert kept.tags == {"team": "eng", "cost": "7"}
    assert (kept.transitive, kept.source_identity) == (("team",), "alice")
    assert refused(saml, saml_trust(), attributes=attributes).message.endswith("sts:TagSession")
    without = saml_trust(action=[WITH_SAML, "sts:TagSession"])
    error = refused(saml, without, attributes=attributes)
    assert error.message == "Not authorized to perform sts:SetSourceIdentity"


def test_two_values_of_one_tag_are_one_too_many():
    attributes = (*idp.ATTRIBUTES, idp.attribute(f"{idp.PREFIX}PrincipalTag:team", "a", "b"))
    with pytest.raises(NotAuthenticated):
        saml(saml_trust(action="sts:*"), attributes=attributes)


def test_a_bad_source_identity_of_an_assertion_is_refused_in_awss_words():
    attributes = (*idp.ATTRIBUTES, idp.attribute(f"{idp.PREFIX}SourceIdentity", "aws:x"))
    with pytest.raises(NotAuthenticated, match="Source Identity must match"):
        saml(saml_trust(action="sts:*"), attributes=attributes)


@pytest.mark.parametrize(
    ("said", "left", "asked", "seconds"),
    [
        ("1200", None, None, 1200),
        ("7200", None, None, 3600),
        ("1200", None, 900, 900),
        (None, 600, None, 600),
        (None, 7200, None, 3600),
        ("1200", 1000, 3600, 1000),
    ],
)
def test_the_assertion_can_only_shorten_the_session(said, left, asked, seconds):
    attributes = idp.ATTRIBUTES
    if said:
        attributes = (*attributes, idp.attribute(f"{idp.PREFIX}SessionDuration", said))
    given = saml(
        saml_trust(),
        asked=FederatedRequest(duration=asked),
        attributes=attributes,
        session_end=None if left is None else NOW + left,
    ).session
    assert given.credentials.expiration == NOW + seconds


@pytest.mark.parametrize("said", ["899", "43201", "1h", "-900", "٩٠٠", ""])
def test_a_session_duration_is_900_to_43200_seconds(said):
    attributes = (*idp.ATTRIBUTES, idp.attribute(f"{idp.PREFIX}SessionDuration", said))
    with pytest.raises(NotAuthenticated):
        saml(saml_trust(), attributes=attributes)


def test_a_token_and_an_assertion_are_no_use_for_each_others_call():
    with pytest.raises(NotAuthenticated):
        web(plain(), text=idp.good())
    with pytest.raises(NotAuthenticated):
        saml(saml_trust(), text=token())


def chained(directory, session, **fields):
    sources = CallerSources(environment(session), chain=True)
    office = unattended(Directory(directory), sources, HeldVault(), NOW + 1)
    return role_session(office, RoleAsked("next", AssumeRequest(**fields)), NO_CODE, CacheUse())


@pytest.fixture
def onward():
    """A directory whose second role trusts the first one's sessions."""
    directory = plain(trust(action=[WEB, "sts:TagSession", "sts:SetSourceIdentity"]))
    allowed = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    arn = f"arn:aws:iam::{ACCOUNT}:role/engineer"
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": allowed}
    own = {"Effect": "Allow", "Action": "sts:SetSourceIdentity", "Resource": "*"}
    directory["roles"]["engineer"]["inline"] = {"Own": document(own)}
    directory["roles"]["next"] = {
        "id": "AROANEXT0000000000000",
        "max_session_duration": "12h",
        "trust": document(statement),
    }
    return directory


def test_the_second_hop_is_chaining_and_takes_along_what_goes_along(onward):
    said = claims(**{TAGS: NESTED, SOURCE_IDENTITY: "alice"})
    first = web(onward, said).session
    second = chained(onward, first)
    kept = said_by(second, onward)
    assert kept.tags == {"team": "eng"}
    assert (kept.transitive, kept.source_identity) == (("team",), "alice")
    assert kept.chain == (OIDC, first.assumed_role_arn)
    assert (kept.provider, kept.context) == (None, {})
    with pytest.raises(InvalidValue, match="1 hour session limit"):
        chained(onward, first, duration=3601)


def test_a_condition_on_the_provider_holds_for_the_sessions_own_calls(onward):
    only = {"StringEquals": {"aws:FederatedProvider": OIDC, f"{HOST}:sub": "alice@example.com"}}
    onward["roles"]["next"]["trust"]["Statement"][0]["Condition"] = only
    assert chained(onward, web(onward).session)
    other = web(onward, claims(sub="bob@example.com")).session
    with pytest.raises(AccessDenied):
        chained(onward, other)


@pytest.mark.parametrize("change", ["delete", "recreate"])
def test_a_session_dies_with_its_role(onward, change):
    session = web(onward).session
    if change == "delete":
        del onward["roles"]["engineer"]
    else:
        onward["roles"]["engineer"]["id"] = "AROAOTHER000000000000"
    with pytest.raises(NotAuthenticated, match=r"The security token .* is invalid"):
        caller_of(session, onward)


def test_a_revoked_session_says_so_and_one_that_is_over_too(onward):
    session = web(onward).session
    older = {"DateLessThan": {"aws:TokenIssueTime": "2026-11-24T09:00:01Z"}}
    revoked = {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": older}
    onward["roles"]["engineer"]["inline"]["AWSRevokeOlderSessions"] = document(revoked)
    sources = CallerSources(environment(session))
    with pytest.raises(AccessDenied, match="revoked"):
        whoami(Directory(onward), sources, HeldVault, CATALOGUE, NOW + 1)
    with pytest.raises(NotAuthenticated, match="expired"):
        whoami(Directory(onward), sources, HeldVault, CATALOGUE, NOW + 3600)


def test_a_provider_that_is_gone_lets_nobody_in_any_more():
    directory = plain()
    assert web(directory)
    del directory["identity_providers"]["idp"]
    with pytest.raises(NotAuthenticated, match="No OpenIDConnect provider found"):
        web(directory)


def test_questions_about_a_session_know_what_its_provider_said():
    """A Deny on the subject, the audience or the provider denies the session that asks."""

    def deny(operator, key, value):
        return {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {operator: {key: value}},
        }

    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    for condition, verdict in (
        (("StringEquals", f"{HOST}:sub", "alice@example.com"), "explicitDeny"),
        (("StringEquals", f"{HOST}:sub", "bob@example.com"), "allowed"),
        (("StringEquals", f"{HOST}:aud", "sts.amazonaws.com"), "explicitDeny"),
        (("ForAnyValue:StringEquals", f"{HOST}:amr", "pwd"), "explicitDeny"),
        (("StringEquals", "aws:FederatedProvider", OIDC), "explicitDeny"),
    ):
        inline = {"Own": document(everything, deny(*condition))}
        directory = plain(inline=inline)
        session = web(directory, claims(amr=["pwd", "mfa"])).session
        access = Access(Directory(directory), ShippedCatalogue(), NOW)
        subject = caller_subject(access.own, caller_of(session, directory))
        answer = access.answer(subject, access.target("s3:GetObject", "arn:aws:s3:::b/k"))
        assert answer.decision.verdict == verdict, condition
