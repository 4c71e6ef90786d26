"""Questions about access: who a word means, what hangs on the resource, and the answer."""

import pytest

from iamctl.catalogue import ShippedCatalogue
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue, MalformedPolicyDocument, NotFound
from iamctl.domain.source import nowhere
from iamctl.services.access import Access, Circumstances, supplied_policy
from iamctl.services.can import evaluation_result, explain
from iamctl.services.subjects import Temporary, with_session_policies

OWN, OTHER, THIRD = "123456789012", "210987654321", "333333333333"
NOW = 1_795_510_800  # 2026-11-24T09:00:00Z
DAY = 86_400
CATALOGUE = ShippedCatalogue()


def allow(action, resource="*", principal=None, effect="Allow", **more):
    named = {} if principal is None else {"Principal": principal}
    where = {} if resource is None else {"Resource": resource}
    return {"Effect": effect, **named, "Action": action, **where, **more}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(principal, **more):
    return document(allow("sts:AssumeRole", None, principal, **more))


def aws(arn):
    return {"AWS": arn}


READ = document(allow("s3:GetObject", "arn:aws:s3:::data/*"))
ALL = document(allow("*"))


def plain(**sections):
    return {
        "iamctl": 1,
        "directory": "5b1d0000-0000-4000-8000-000000000001",
        "account": {"id": OWN},
        "users": {
            "alice": {
                "id": "AIDAALICEALICEALICE22",
                "path": "/eng/",
                "tags": {"team": "payments"},
                "inline": {"Read": READ},
            },
            "bob": {"id": "AIDABOBBOBBOBBOBBOB22"},
        },
        "groups": {
            "readers": {
                "id": "AGPAREADERSREADERS222",
                "members": [{"user": "bob", "until": "2026-12-01T00:00:00Z"}],
                "inline": {"Read": READ},
            }
        },
        "roles": {
            "deployer": {
                "id": "AROADEPLOYERDEPLOYER2",
                "path": "/ops/",
                "tags": {"team": "payments"},
                "trust": trust(aws(f"arn:aws:iam::{OWN}:user/eng/alice")),
                "inline": {"Read": READ},
            },
            "shared": {
                "id": "AROASHAREDSHAREDSHARE",
                "trust": trust(aws(f"arn:aws:iam::{OTHER}:root")),
            },
        },
        **sections,
    }


class Others:
    """Other accounts by their id."""

    def __init__(self, plains):
        self._known = {account: Directory(other) for account, other in plains.items()}

    def __call__(self, account):
        return self._known.get(account)

    def ids(self):
        return self._known


def access(accounts=None, now=NOW, **sections):
    return Access(Directory(plain(**sections)), CATALOGUE, now, Others(accounts or {}))


def other(**sections):
    return {"iamctl": 1, "account": {"id": OTHER}, **sections}


def ask(asked, who, action, resource="*", **around):
    circumstances = Circumstances(**around)
    return asked.answer(asked.subject(who), asked.target(action, resource, circumstances))


def verdict(*args, **around):
    return ask(*args, **around).decision.verdict


GET = ("s3:GetObject", "arn:aws:s3:::data/x")


@pytest.mark.parametrize(
    ("word", "arn"),
    [
        ("alice", f"arn:aws:iam::{OWN}:user/eng/alice"),
        ("user/alice", f"arn:aws:iam::{OWN}:user/eng/alice"),
        ("AIDAALICEALICEALICE22", f"arn:aws:iam::{OWN}:user/eng/alice"),
        (f"arn:aws:iam::{OWN}:user/eng/alice", f"arn:aws:iam::{OWN}:user/eng/alice"),
        ("role/deployer", f"arn:aws:iam::{OWN}:role/ops/deployer"),
        ("AROADEPLOYERDEPLOYER2", f"arn:aws:iam::{OWN}:role/ops/deployer"),
        ("assumed-role/deployer/night", f"arn:aws:sts::{OWN}:assumed-role/deployer/night"),
        (f"arn:aws:sts::{OWN}:assumed-role/deployer/night",
         f"arn:aws:sts::{OWN}:assumed-role/deployer/night"),
        ("root", f"arn:aws:iam::{OWN}:root"),
        (f"arn:aws:iam::{OTHER}:user/x", f"arn:aws:iam::{OTHER}:user/x"),
        ("anonymous", ""),
    ],
)  # fmt: skip
def test_a_principal_by_any_of_its_names(word, arn):
    assert access().subject(word).principal.arn == arn


@pytest.mark.parametrize("word", ["root", "anonymous"])
def test_a_user_called_as_nobody_else_may_be_is_never_taken_for_them(word):
    asked = access(users={word: {}})
    with pytest.raises(InvalidValue):
        asked.subject(word)
    assert asked.subject(f"user/{word}").principal.type == "User"
    assert asked.subject(f"arn:aws:iam::{OWN}:root").principal.type == "Account"


def test_a_service_is_a_principal_under_its_short_name_too():
    assert access().subject("service/ec2").principal.services == ("ec2.amazonaws.com",)


@pytest.mark.parametrize(
    ("word", "error", "hint"),
    [
        ("alcie", NotFound, 'did you mean "alice"?'),
        ("deployer", NotFound, "there is a role of that name: role/deployer"),
        ("role/nobody", NotFound, None),
        (f"arn:aws:iam::{OWN}:user/alice", NotFound,
         f"did you mean arn:aws:iam::{OWN}:user/eng/alice?"),
        (f"arn:aws:iam::{OWN}:group/readers", InvalidValue, None),
        (f"arn:aws:iam::{OWN}:user/*", InvalidValue, None),
        ("AGPAREADERSREADERS222", InvalidValue, None),
        ("group/readers", InvalidValue, None),
        (f"arn:aws:sts::{OWN}:assumed-role/nobody/x1", NotFound, None),
        (f"arn:aws:sts::{OWN}:assumed-role/deployer/a/b", InvalidValue, None),
    ],
)  # fmt: skip
def test_who_is_nobody_is_an_error_with_a_hint(word, error, hint):
    with pytest.raises(error) as caught:
        access().subject(word)
    if hint is not None:
        assert caught.value.hint == hint


def test_the_policies_of_user_group_and_role_decide():
    asked = access()
    assert verdict(asked, "alice", *GET) == "allowed"
    assert verdict(asked, "bob", *GET) == "allowed"
    assert verdict(asked, "role/deployer", *GET) == "allowed"
    assert verdict(asked, "role/shared", *GET) == "implicitDeny"
    assert verdict(asked, "root", *GET) == "allowed"
    assert verdict(asked, "anonymous", *GET) == "implicitDeny"


def test_a_membership_counts_until_its_end():
    end = NOW + 6 * DAY + 15 * 3600  # 2026-12-01T00:00:00Z
    assert verdict(access(now=end - 1), "bob", *GET) == "allowed"
    assert verdict(access(now=end), "bob", *GET) == "implicitDeny"


def test_a_trust_policy_is_the_resources_policy_of_a_role():
    asked = access()
    assume = ("sts:AssumeRole", "role/deployer")
    assert verdict(asked, "alice", *assume) == "allowed"
    assert verdict(asked, "bob", *assume) == "implicitDeny"
    assert ask(asked, "alice", *assume).request.resource == f"arn:aws:iam::{OWN}:role/ops/deployer"


def test_root_and_federated_users_may_assume_nothing_whatever_a_trust_policy_says():
    asked = access(roles={"open": {"id": "AROAOPENOPENOPENOPEN2", "trust": trust("*")}})
    federated = f"arn:aws:sts::{OWN}:federated-user/fred"
    for who in ("root", federated):
        answer = ask(asked, who, "sts:AssumeRole", "role/open")
        assert answer.decision.verdict == "implicitDeny", who
        assert "assume" in explain(answer).why
    assert verdict(asked, "bob", "sts:AssumeRole", "role/open") == "allowed"


def test_the_resources_policy_of_the_file_takes_part():
    bucket = "arn:aws:s3:::open"
    policy = document(
        allow("s3:GetObject", f"{bucket}/*", aws(f"arn:aws:iam::{OWN}:user/bob")),
        allow("s3:GetObject", f"{bucket}/secret/*", "*", effect="Deny"),
    )
    asked = access(resources={bucket: policy})
    assert verdict(asked, "bob", "s3:GetObject", f"{bucket}/x") == "allowed"
    assert verdict(asked, "alice", "s3:GetObject", f"{bucket}/x") == "implicitDeny"
    assert verdict(asked, "bob", "s3:GetObject", f"{bucket}/secret/x") == "explicitDeny"
    assert verdict(asked, "root", "s3:GetObject", f"{bucket}/secret/x") == "explicitDeny"


def test_the_levels_of_the_organization_take_part():
    deny = document(
        allow("s3:*", effect="Deny", Condition={"StringEquals": {"aws:username": "bob"}})
    )
    levels = [{"name": "Root"}, {"name": "Prod", "scps": {"All": ALL, "NoBob": deny}}]
    asked = access(organization={"id": "o-a1b2c3d4e5", "levels": levels})
    assert verdict(asked, "alice", *GET) == "allowed"
    assert verdict(asked, "bob", *GET) == "explicitDeny"
    narrow = [{"name": "Root", "scps": {"OnlyEc2": document(allow("ec2:*"))}}]
    answer = ask(access(organization={"levels": narrow}), "alice", *GET)
    assert (answer.decision.verdict, answer.decision.lacking) == ("implicitDeny", "scp")


def test_the_management_account_is_under_no_control_policy():
    narrow = [{"name": "Root", "scps": {"OnlyEc2": document(allow("ec2:*"))}}]
    asked = access(organization={"management_account": OWN, "levels": narrow})
    assert verdict(asked, "alice", *GET) == "allowed"


def test_a_service_linked_role_is_under_no_service_control_policy():
    role = {
        "id": "AROALINKEDLINKEDLINKE", "path": "/aws-service-role/ec2.amazonaws.com/",
        "trust": trust({"Service": "ec2.amazonaws.com"}), "inline": {"Read": READ},
    }  # fmt: skip
    narrow = [{"name": "Root", "scps": {"OnlyEc2": document(allow("ec2:*"))}}]
    asked = access(organization={"levels": narrow}, roles={"linked": role})
    assert verdict(asked, "role/linked", *GET) == "allowed"
    # The path is no way around the policies for a role that others may assume.
    for principal in (
        aws(f"arn:aws:iam::{OWN}:user/bob"),
        "*",
        {"AWS": OWN, "Service": "ec2.amazonaws.com"},
    ):
        asked = access(
            organization={"levels": narrow}, roles={"linked": {**role, "trust": trust(principal)}}
        )
        assert verdict(asked, "role/linked", *GET) == "implicitDeny", principal


def test_resource_control_policies_reach_outsiders():
    bucket = "arn:aws:s3:::open"
    guard = document(
        allow("s3:*", "*", "*", effect="Deny",
              Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})
    )  # fmt: skip
    levels = [{"name": "Root", "rcps": {"OnlyUs": guard}}]
    policy = document(allow("s3:GetObject", f"{bucket}/*", "*"))
    asked = access(
        organization={"id": "o-a1b2c3d4e5", "levels": levels}, resources={bucket: policy}
    )
    assert verdict(asked, "bob", "s3:GetObject", f"{bucket}/x") == "allowed"
    assert verdict(asked, "anonymous", "s3:GetObject", f"{bucket}/x") == "explicitDeny"


def test_an_account_that_no_file_knows_is_said_and_never_assumed():
    asked = access()
    foreign = f"arn:aws:iam::{THIRD}:role/theirs"
    inside = f"arn:aws:iam::{OTHER}:user/x"
    answer = ask(
        access(users={"alice": {"inline": {"All": ALL}}}), "alice", "sts:AssumeRole", foreign
    )
    assert answer.decision.verdict == "unknown"
    assert THIRD in explain(answer).why
    # The own side denies already: no need to know the other.
    assert verdict(asked, "bob", "sts:AssumeRole", foreign) == "implicitDeny"
    answer = ask(asked, inside, "sts:AssumeRole", "role/shared")
    assert answer.decision.verdict == "unknown"
    assert OTHER in explain(answer).why
    assert verdict(asked, inside, "sts:AssumeRole", "role/deployer") == "implicitDeny"
    assert verdict(asked, f"arn:aws:iam::{OTHER}:root", *GET) != "allowed"


def test_the_organization_of_an_unknown_caller_is_unknown_not_absent():
    guard = document(
        allow("sts:*", "*", "*", effect="Deny",
              Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})
    )  # fmt: skip
    asked = access(organization={"levels": [{"name": "Root", "rcps": {"OnlyUs": guard}}]})
    who, assume = f"arn:aws:iam::{OTHER}:user/x", ("sts:AssumeRole", "role/shared")
    assert verdict(asked, who, *assume) == "unknown"
    given = {"aws:PrincipalOrgID": "o-0000000000"}
    assert verdict(asked, who, *assume, context=given) == "explicitDeny"
    assert verdict(asked, who, "sts:AssumeRole", "role/deployer") == "implicitDeny"
    known = access(
        {OTHER: other(users={"x": {}})}, organization=asked.directory.plain["organization"]
    )
    assert verdict(known, who, *assume) == "explicitDeny"


def test_both_sides_are_read_when_both_are_known():
    may = {"x": {"inline": {"Assume": document(allow("sts:AssumeRole"))}}, "y": {}}
    asked = access({OTHER: other(users=may)})
    assume = ("sts:AssumeRole", "role/shared")
    assert verdict(asked, f"arn:aws:iam::{OTHER}:user/x", *assume) == "allowed"
    assert verdict(asked, f"arn:aws:iam::{OTHER}:user/y", *assume) == "implicitDeny"
    with pytest.raises(NotFound):
        ask(asked, f"arn:aws:iam::{OTHER}:user/z", *assume)


def test_another_accounts_role_is_not_said_to_trust_for_what_iam_decides():
    role = f"arn:aws:iam::{OTHER}:role/theirs"
    asked = access(accounts={OTHER: other()}, users={"eve": {"inline": {"All": ALL}}})
    answer = ask(asked, "eve", "iam:GetRole", role)
    assert explain(answer).why == "no resource-based policy allows iam:GetRole"
    answer = ask(asked, "eve", "sts:AssumeRole", role)
    assert explain(answer).why == "no role trust policy allows sts:AssumeRole"


def test_a_foreign_bucket_is_found_in_its_accounts_file():
    bucket = "arn:aws:s3:::theirs"
    policy = document(allow("s3:GetObject", f"{bucket}/*", aws(f"arn:aws:iam::{OWN}:user/bob")))
    theirs = {OTHER: other(resources={bucket: policy})}
    asked_of = ("s3:GetObject", f"{bucket}/x")
    assert verdict(access(theirs, users={"bob": {}}), "bob", *asked_of) == "implicitDeny"
    asked = access(theirs, users={"bob": {"inline": {"All": ALL}}, "eve": {"inline": {"All": ALL}}})
    answer = ask(asked, "bob", *asked_of)
    assert answer.decision.allowed
    assert answer.decision.cross_account
    assert answer.request.context["aws:resourceaccount"] == OTHER
    assert verdict(asked, "eve", *asked_of) == "implicitDeny"


def test_a_person_may_say_whose_the_resource_is():
    assert verdict(access(), "alice", *GET, resource_account=THIRD) == "unknown"


@pytest.mark.parametrize(
    ("resource", "account"),
    [
        (f"arn:aws:sqs:us-east-1:{OTHER}:q", OWN),
        ("arn:aws:s3:::data/x", "12345"),
        ("arn:aws:s3:::data/x", ""),
    ],
)
def test_whose_a_resource_is_cannot_be_said_against_its_arn(resource, account):
    with pytest.raises(InvalidValue):
        access().target("s3:GetObject", resource, Circumstances(resource_account=account))


def test_session_policies_narrow_a_role_and_are_no_users():
    asked = access()
    narrow = supplied_policy(document(allow("ec2:*")), nowhere, "session", "narrow.json")
    subject = with_session_policies(asked.subject("role/deployer"), (narrow,))
    assert asked.answer(subject, asked.target(*GET)).decision.lacking == "session"
    with pytest.raises(InvalidValue):
        with_session_policies(asked.subject("alice"), (narrow,))
    with pytest.raises(InvalidValue, match="already"):  # never wider than they were passed
        with_session_policies(subject, (narrow,))


def test_a_resource_policy_given_for_one_question_stands_in_for_the_files():
    given = supplied_policy(document(allow("s3:*", "*", "*")), nowhere, "resource", "open.json")
    assert verdict(access(), "anonymous", *GET, resource_policy=(given,)) == "allowed"
    with pytest.raises(MalformedPolicyDocument):
        supplied_policy({"Statement": [{"Effect": "Maybe"}]}, nowhere, "resource", "x")


def test_the_context_follows_from_the_directory_and_what_is_given_overrides_it():
    asked = access()
    context = ask(asked, "alice", "sts:AssumeRole", "role/deployer").request.context
    assert context["aws:principaltag/team"] == "payments"
    assert context["aws:resourcetag/team"] == context["iam:resourcetag/team"] == "payments"
    assert context["aws:currenttime"] == "2026-11-24T09:00:00Z"
    assert "aws:multifactorauthpresent" not in context
    assert "aws:tokenissuetime" not in context
    given = {"AWS:PrincipalTag/Team": "other", "aws:SourceIp": "10.0.0.1"}
    context = ask(asked, "alice", *GET, context=given).request.context
    assert context["aws:principaltag/team"] == "other"
    assert context["aws:sourceip"] == "10.0.0.1"
    pure = ask(asked, "alice", *GET, context={"a:b": "c"}, defaults=False).request.context
    assert pure == {"a:b": "c"}


def test_the_context_of_a_role_session_says_that_it_is_temporary():
    context = ask(access(), "role/deployer", *GET).request.context
    assert context["aws:tokenissuetime"] == "2026-11-24T09:00:00Z"
    assert context["aws:multifactorauthpresent"] == "false"
    assert context["aws:userid"] == "AROADEPLOYERDEPLOYER2:*"  # nobody has said its name
    named = ask(access(), "assumed-role/deployer/night", *GET).request.context
    assert named["aws:userid"] == "AROADEPLOYERDEPLOYER2:night"


@pytest.mark.parametrize(
    ("operator", "userid", "expected"),
    [
        ("StringLike", "AROADEPLOYERDEPLOYER2:*", "explicitDeny"),
        ("StringNotLike", "AROADEPLOYERDEPLOYER2:*", "allowed"),
        ("StringLike", "AROADEPLOYERDEPLOYER2:night", "allowed"),
        ("StringLike", "AROAOTHEROTHEROTHER22:*", "allowed"),
    ],
)
def test_a_role_is_known_by_its_id_whatever_its_sessions_are_called(operator, userid, expected):
    deny = allow("*", effect="Deny", Condition={operator: {"aws:userid": userid}})
    role = plain()["roles"]["deployer"] | {"inline": {"Own": document(allow("*"), deny)}}
    asked = access(roles={"deployer": role})
    assert verdict(asked, "role/deployer", *GET) == expected


def test_a_deny_of_all_but_a_role_denies_its_sessions_that_are_not_named():
    session = f"arn:aws:sts::{OWN}:assumed-role/deployer/night"
    listed = [f"arn:aws:iam::{OWN}:root", f"arn:aws:iam::{OWN}:role/ops/deployer"]

    def asked(*names):
        deny = {"Effect": "Deny", "NotPrincipal": {"AWS": [*names]}, "Action": "*",
                "Resource": "arn:aws:s3:::data/*"}  # fmt: skip
        return access(resources={"arn:aws:s3:::data": document(deny)})

    assert verdict(asked(*listed), "role/deployer", *GET) == "explicitDeny"
    everything = asked(*listed, session)
    assert verdict(everything, "role/deployer", *GET) == "explicitDeny"
    assert verdict(everything, "assumed-role/deployer/night", *GET) == "allowed"


def test_a_role_asked_about_in_general_is_shown_by_its_own_arn():
    answer = ask(access(), "role/deployer", *GET)
    shown = evaluation_result(answer, explain(answer))["PrincipalArn"]
    assert shown == f"arn:aws:iam::{OWN}:role/ops/deployer"


@pytest.mark.parametrize("name", ["iam::{}:root", "sts::{}:assumed-role/deployer/night"])
def test_an_arn_of_another_partition_is_nobodys(name):
    with pytest.raises(NotFound):
        access().subject(f"arn:aws-cn:{name.format(OWN)}")


def test_an_action_without_resource_is_asked_for_every_resource():
    users = {
        "alice": {"inline": {"One": document(allow("s3:ListAllMyBuckets", "arn:aws:s3:::one"))}}
    }
    answer = ask(access(users=users), "alice", "s3:listallmybuckets", "arn:aws:s3:::one")
    assert answer.request.action == "s3:ListAllMyBuckets"
    assert answer.request.resource == "*"
    assert answer.decision.verdict == "implicitDeny"
    assert "takes no resource" in answer.notes[0]


@pytest.mark.parametrize(
    ("action", "resource", "noted"),
    [
        ("sts:AssumeRole", "*", True),
        ("kms:Decrypt", "*", True),
        ("sts:AssumeRole", "role/deployer", False),
        ("kms:ListKeys", "*", False),
        ("s3:GetObject", "*", False),
    ],
)
def test_a_yes_for_no_certain_role_or_key_is_no_yes_for_any(action, resource, noted):
    notes = access().target(action, resource).notes
    assert any("its own policy must allow" in note for note in notes) is noted


def test_an_unknown_action_is_asked_all_the_same_and_said():
    answer = ask(access(), "alice", "s3:GetObjcet", "arn:aws:s3:::data/x")
    assert answer.decision.verdict == "implicitDeny"
    assert 'did you mean "s3:GetObject"' in answer.notes[0]


def test_a_resource_with_a_wildcard_is_one_name_and_that_is_said():
    assert "as one name" in ask(access(), "alice", GET[0], "arn:aws:s3:::data/*").notes[0]
    assert ask(access(), "alice", *GET).notes == ()


def test_whose_a_bucket_is_taken_to_be_is_said():
    said = explain(ask(access(), "alice", *GET)).reasons
    assert said == (
        f"no file holds a policy of {GET[1]}, so it is taken to be of account {OWN};"
        " --resource-account says otherwise",
    )
    assert explain(ask(access(), "alice", *GET, resource_account=OWN)).reasons == ()
    assert explain(ask(access(), "alice", "sts:AssumeRole", "role/deployer")).reasons == (
        "within one account a role trust policy that names the caller is enough",
    )


def test_a_context_key_that_aws_does_not_have_is_said():
    known = {"aws:SourceIp": "10.0.0.1", "AWS:PrincipalTag/Team": "x", "sts:ExternalId": "y"}
    assert ask(access(), "alice", *GET, context=known).notes == ()
    notes = ask(access(), "alice", *GET, context={**known, "aws:SourceIpp": "10.0.0.1"}).notes
    assert notes == ("AWS's list of condition keys does not know aws:SourceIpp",)


@pytest.mark.parametrize("action", ["s3", "s3:", ":x", "s3:Get*", "s3:Get Object", "", "a:b:c"])
def test_what_is_no_action_is_an_error(action):
    with pytest.raises(InvalidValue):
        access().target(action)


@pytest.mark.parametrize("resource", ["", "bucket", "arn:aws:s3", "arn:aws:s3:::a\nb", "what/x"])
def test_what_is_no_resource_is_an_error(resource):
    with pytest.raises(InvalidValue):
        access().target("s3:GetObject", resource)


def test_everybody_with_credentials_may_ask_who_they_are():
    denied = {"alice": {"inline": {"No": document(allow("*", effect="Deny"))}}}
    answer = ask(access(users=denied), "alice", "sts:GetCallerIdentity")
    assert answer.decision.allowed
    assert explain(answer).why == "nobody needs a permission for it, and no policy forbids it"
    assert verdict(access(), "anonymous", "sts:GetCallerIdentity") == "implicitDeny"


def test_getting_a_session_needs_no_permission_but_long_term_keys():
    everything = {"id": "AROADEPLOYERDEPLOYER2", "trust": trust("*"), "inline": {"All": ALL}}
    asked = access(
        users={"eve": {"inline": {"No": document(allow("*", effect="Deny"))}}},
        roles={"deployer": everything},
    )
    assert verdict(asked, "eve", "sts:GetSessionToken") == "allowed"
    assert verdict(asked, "eve", "sts:GetFederationToken") == "explicitDeny"
    for action in ("GetSessionToken", "GetFederationToken"):
        answer = ask(asked, "role/deployer", f"sts:{action}")
        assert answer.decision.verdict == "implicitDeny"
        assert explain(answer).why == f"Cannot call {action} with session credentials"


@pytest.mark.parametrize(
    ("action", "without", "with_mfa"),
    [
        ("iam:ListUsers", "implicitDeny", "allowed"),
        ("iam:PassRole", "allowed", "allowed"),
        ("sts:GetFederationToken", "implicitDeny", "implicitDeny"),
        ("sts:GetSessionToken", "implicitDeny", "implicitDeny"),
        ("sts:GetCallerIdentity", "allowed", "allowed"),
        ("s3:ListAllMyBuckets", "allowed", "allowed"),
    ],
)
def test_a_users_session_may_not_call_all_that_the_user_may(action, without, with_mfa):
    asked = access(users={"alice": {"inline": {"All": ALL}}})
    target = asked.target(action)
    for mfa_time, expected in ((None, without), (NOW, with_mfa)):
        session = asked.subject("alice")._replace(temporary=Temporary(NOW, mfa_time))
        assert asked.answer(session, target).decision.verdict == expected


def test_a_policy_that_cannot_be_read_makes_the_answer_unknown():
    lost = "arn:aws:iam::aws:policy/NoSuchPolicyAnywhere"
    users = {"alice": {"inline": {"Read": READ}, "policies": [lost]}, "bob": {"policies": [lost]}}
    asked = access(users=users)
    for who in ("alice", "bob"):
        answer = ask(asked, who, *GET)
        assert answer.decision.verdict == "unknown", who
        assert lost in explain(answer).why
    denied = document(allow("s3:*", effect="Deny"))
    users["alice"]["inline"]["No"] = denied
    assert verdict(access(users=users), "alice", *GET) == "explicitDeny"


def test_the_explanation_names_statement_layers_and_what_was_absent():
    inline = document(
        allow("s3:GetObject", "arn:aws:s3:::data/${aws:PrincipalTag/home}/*"),
        allow(
            "s3:GetObject", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}, Sid="Mfa"
        ),
    )
    asked = access(users={"alice": {"inline": {"Two": inline}}})
    said = explain(ask(asked, "alice", *GET))
    assert said.why == "no identity-based policy allows s3:GetObject"
    assert said.absent == ("aws:principaltag/home", "aws:MultiFactorAuthPresent")
    assert [layer.name for layer in said.layers] == ["identity"]
    assert said.nearest[0].failures[0].got in ("no aws:MultiFactorAuthPresent", GET[1])
    said = explain(ask(asked, "alice", *GET, context={"aws:MultiFactorAuthPresent": "true"}))
    assert (said.verdict, said.why) == (
        "allowed", 'statement "Mfa" of policy Two (user alice)')  # fmt: skip


@pytest.mark.parametrize(
    ("effect", "condition", "expected"),
    [
        ("Deny", {"StringEquals": {"aws:ResourceTag/env": "prod"}}, ("aws:ResourceTag/env",)),
        ("Deny", {"StringEquals": {"aws:PrincipalTag/env": "prod"}}, ()),  # known to be absent
        ("Deny", {"StringEquals": {"aws:RequestedRegion": "mars"}}, ()),  # it is not absent
        ("Allow", {"StringEquals": {"aws:ResourceTag/env": "prod"}}, ()),  # another Allow does
    ],
)
def test_a_yes_that_hangs_on_the_absence_of_a_key_says_so(effect, condition, expected):
    second = allow(effect=effect, action="s3:GetObject", Condition=condition)
    asked = access(users={"alice": {"inline": {"Two": document(allow("*"), second)}}})
    said = explain(ask(asked, "alice", *GET))
    assert (said.verdict, said.taken_absent) == ("allowed", expected)


def test_a_yes_of_an_allow_whose_key_may_be_absent_hangs_on_it_too():
    home = {"IpAddressIfExists": {"aws:SourceIp": "10.0.0.0/8"}}
    asked = access(users={"alice": {"inline": {"Own": document(allow("*", Condition=home))}}})
    assert explain(ask(asked, "alice", *GET)).taken_absent == ("aws:SourceIp",)
    given = explain(ask(asked, "alice", *GET, context={"aws:SourceIp": "10.0.0.1"}))
    assert (given.verdict, given.taken_absent) == ("allowed", ())


def test_the_explanation_has_the_layers_that_took_part_and_no_others():
    def told(who, action, resource="*"):
        answer = ask(access(), who, action, resource)
        assert {view.name for view in explain(answer).layers} == set(answer.decision.layers)
        return {view.name: view.verdict for view in explain(answer).layers}

    assert told("root", "ec2:RunInstances") == {"identity": "allowed"}
    assert told("alice", "ec2:RunInstances") == {"identity": "implicitDeny"}
    assert told("anonymous", *GET) == {"resource": "implicitDeny"}
    key = f"arn:aws:kms:us-east-1:{OWN}:key/k"
    assert told("alice", "kms:Decrypt", key)["resource"] == "implicitDeny"


def test_trust_in_the_account_leaves_the_granting_to_the_callers_statement():
    roles = {
        "open": {"id": "AROAOPENOPENOPENOPEN2", "trust": trust(aws(f"arn:aws:iam::{OWN}:root"))}
    }
    users = {"alice": {"inline": {"Assume": document(allow("sts:AssumeRole", Sid="Mine"))}}}
    said = explain(ask(access(roles=roles, users=users), "alice", "sts:AssumeRole", "role/open"))
    assert said.why == 'statement "Mine" of policy Assume (user alice)'


def test_the_result_has_awss_field_names():
    boundary = {"Edge": {"id": "ANPAEDGEEDGEEDGEEDGE2", "document": document(allow("ec2:*"))}}
    users = {"alice": {"inline": {"Read": READ}, "boundary": "Edge"}}
    levels = {"levels": [{"name": "Root"}]}
    answer = ask(access(users=users, policies=boundary, organization=levels), "alice", *GET)
    result = evaluation_result(answer, explain(answer))
    assert result["EvalDecision"] == "implicitDeny"
    assert result["EvalActionName"] == "s3:GetObject"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": True}
    assert result["MatchedStatements"] == []
    assert result["MissingContextValues"] == []
    allowed = ask(access(), "alice", *GET)
    (matched,) = evaluation_result(allowed, explain(allowed))["MatchedStatements"]
    assert (matched["SourcePolicyId"], matched["SourcePolicyType"]) == ("Read", "user")


@pytest.mark.parametrize(
    ("resource", "keys"),
    [
        ("mfa/phone", {"aws:ResourceTag/team", "iam:ResourceTag/team"}),
        ("provider/google", {"aws:ResourceTag/team", "iam:ResourceTag/team"}),
        ("pool/web", {"aws:ResourceTag/team"}),  # pools are Cognito's, not IAM's
    ],
)
def test_tags_of_devices_providers_and_pools_are_known(resource, keys):
    tagged = {"tags": {"team": "payments"}}
    plain = {
        "iamctl": 1,
        "account": {"id": OWN},
        "users": {"alice": {}},
        "mfa": {"phone": tagged},
        "identity_providers": {"google": {"url": "https://accounts.google.com", **tagged}},
        "identity_pools": {
            "web": {"id": "eu-west-1:5b1d3c9a-7e48-40bd-91c2-f3e8a4570612", **tagged}
        },
    }
    access = Access(Directory(plain), CATALOGUE, NOW)
    target = access.target("iam:TagMFADevice", resource)
    context = access.request(access.subject("alice"), target).context
    tags = {key.lower() for key in context if "resourcetag" in key.lower()}
    assert tags == {key.lower() for key in keys}
