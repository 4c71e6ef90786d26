import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.documents import Condition, parse_document
from iamctl.domain.source import Source

VERSION = "2012-10-17"
USER = "arn:aws:iam::123456789012:user/alice"


def document(statement=None, **elements):
    default = {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}
    return {"Version": VERSION, "Statement": [default if statement is None else statement],
            **elements}  # fmt: skip


def statement(**elements):
    base = {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}
    base.update(elements)
    return {key: value for key, value in base.items() if value != "REMOVE"}


def trust(**elements):
    base = {"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole"}
    base.update(elements)
    return {"Version": VERSION, "Statement": [base]}


def codes(data, kind="identity"):
    return [problem.code for problem in parse_document(data, kind)[1]]


def test_a_whole_document():
    data = {
        "Version": VERSION,
        "Id": "all",
        "Statement": {
            "Sid": "One",
            "Effect": "Deny",
            "NotPrincipal": {"AWS": [USER], "Service": "ec2.amazonaws.com"},
            "NotAction": "s3:*",
            "NotResource": ["arn:aws:s3:::a", "arn:aws:s3:::b/*"],
            "Condition": {
                "NumericLessThan": {"s3:max-keys": 10},
                "Bool": {"aws:SecureTransport": False},
                "ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", 1.5, True]},
            },
        },
    }
    parsed, problems = parse_document(data, "resource")
    assert not problems
    assert (parsed.id, parsed.version) == ("all", VERSION)
    (found,) = parsed.statements
    assert (found.sid, found.effect) == ("One", "Deny")
    assert found.not_principals == {"AWS": (USER,), "Service": ("ec2.amazonaws.com",)}
    assert found.principals is None
    assert found.actions is None
    assert found.not_actions == ("s3:*",)
    assert found.resources is None
    assert found.not_resources == ("arn:aws:s3:::a", "arn:aws:s3:::b/*")
    assert found.conditions == (
        Condition("NumericLessThan", "s3:max-keys", ("10",)),
        Condition("Bool", "aws:SecureTransport", ("false",)),
        Condition("ForAnyValue:StringLikeIfExists", "aws:TagKeys", ("a", "1.5", "true")),
    )


def test_statements_and_problems_say_where_they_stand():
    asked = []

    def locate(at):
        asked.append(at)
        return Source("f.yaml", len(at) + 1, 1)

    data = {"Version": VERSION, "Statement": [statement(), statement(Action=["iam:GetUser", "x"])]}
    parsed, problems = parse_document(data, "identity", locate)
    assert parsed is None
    assert [(p.at, p.source) for p in problems] == [
        (("Statement", 1, "Action", 1), Source("f.yaml", 5, 1))
    ]
    good, _ = parse_document(document(), "identity", locate)
    assert good.statements[0].source == Source("f.yaml", 3, 1)
    assert parse_document(document(), "identity")[0] == good


def test_all_problems_are_reported_together():
    data = document({"Effect": "allow", "Actoin": "*", "Resource": "bucket"}, Verson="1")
    assert codes(data) == [
        "unknown-element",
        "unknown-element",
        "invalid-effect",
        "invalid-resource",
        "missing-action",
    ]


@pytest.mark.parametrize("version", [None, "2008-10-17"])
def test_an_old_version_is_read_with_a_warning(version):
    data = document()
    data.pop("Version")
    if version:
        data["Version"] = version
    parsed, problems = parse_document(data, "identity")
    assert parsed.version == "2008-10-17"
    assert [(p.severity, p.code) for p in problems] == [("warning", "version")]


def test_an_account_id_becomes_the_root_arn():
    parsed, _ = parse_document(trust(Principal={"AWS": ["123456789012", USER]}), "trust")
    assert parsed.statements[0].principals == {"AWS": ("arn:aws:iam::123456789012:root", USER)}


def test_everybody_is_kept_apart():
    parsed, problems = parse_document(trust(Principal="*"), "trust")
    assert parsed.statements[0].principals == {"*": ("*",)}
    assert [(p.severity, p.code) for p in problems] == [("warning", "trust-everybody")]


@pytest.mark.parametrize(
    ("elements", "warned"),
    [
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": "*", "Effect": "Deny"}, False),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, False),
        ({"Principal": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o"}}}, True),
        ({"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
    ],
)
def test_a_trust_that_lets_everybody_in_warns(elements, warned):
    assert ("trust-everybody" in codes(trust(**elements), "trust")) is warned


WRONG = [
    # data, kind, code
    ("text", "identity", "invalid-type"),
    (None, "identity", "invalid-type"),
    ([], "identity", "invalid-type"),
    ({"Version": VERSION}, "identity", "missing-statement"),
    ({"Version": VERSION, "Statement": []}, "identity", "missing-statement"),
    ({"Version": VERSION, "Statement": "x"}, "identity", "invalid-type"),
    ({"Version": VERSION, "Statement": None}, "identity", "null-value"),
    ({"Version": VERSION, "Statement": [None]}, "identity", "null-value"),
    ({"Version": VERSION, "Statement": [[]]}, "identity", "invalid-type"),
    (document(Version="2012-10-18"), "identity", "invalid-version"),
    (document(Version=None), "identity", "invalid-version"),
    (document(Id="x"), "identity", "forbidden-element"),
    (document(Id=1), "identity", "invalid-type"),
    (document(extra=1), "identity", "unknown-element"),
    (document(statement(effect="Allow")), "identity", "unknown-element"),
    (document(statement(Effect="REMOVE")), "identity", "missing-effect"),
    (document(statement(Effect="allow")), "identity", "invalid-effect"),
    (document(statement(Effect=None)), "identity", "invalid-effect"),
    (document(statement(Sid="with space")), "identity", "invalid-sid"),
    (document(statement(Sid="a\n")), "identity", "invalid-sid"),
    (document(statement(Sid=1)), "identity", "invalid-type"),
    (document(statement(Action="REMOVE")), "identity", "missing-action"),
    (document(statement(Action=[])), "identity", "missing-action"),
    (document(statement(Action=None)), "identity", "null-value"),
    (document(statement(Action=["iam:GetUser", None])), "identity", "null-value"),
    (document(statement(Action=1)), "identity", "invalid-type"),
    (document(statement(Action="GetUser")), "identity", "invalid-action"),
    (document(statement(Action="iam:Get:User")), "identity", "invalid-action"),
    (document(statement(Action="i am:GetUser")), "identity", "invalid-action"),
    (document(statement(Action="iam:")), "identity", "invalid-action"),
    (document(statement(Action="iam:Get User")), "identity", "invalid-action"),
    (document(statement(Action="iam:GetUser\n")), "identity", "invalid-action"),
    (document(statement(Action="iam:${aws:username}")), "identity", "variable-place"),
    (document(statement(NotAction="iam:GetUser")), "identity", "element-combination"),
    (document(statement(NotResource="*")), "identity", "element-combination"),
    (document(statement(Resource="REMOVE")), "identity", "missing-resource"),
    (document(statement(Resource=[])), "identity", "missing-resource"),
    (document(statement(Resource="bucket")), "identity", "invalid-resource"),
    (document(statement(Resource="arn:aws:*:::x")), "identity", "invalid-resource"),
    (document(statement(Resource="arn:aws:s*:::x")), "identity", "invalid-resource"),
    (document(statement(Resource="arn:amazon:s3:::x")), "identity", "invalid-resource"),
    (document(statement(Resource="arn:")), "identity", "invalid-resource"),
    (document(statement(Resource="arn:aws:iam:us-east-1:123456789012:user/x")), "identity",
     "invalid-resource"),
    (document(statement(Resource="arn:aws:iam::123456789012:u*")), "identity",
     "invalid-resource"),
    (document(statement(Resource="arn:aws:s3:::${aws:username")), "identity", "variable-brace"),
    (document(statement(Resource="arn:aws:s3:::${}")), "identity", "variable-empty"),
    (document(statement(Resource="arn:aws:s3:::${a b}")), "identity", "variable-space"),
    (document(statement(Resource="arn:aws:s3:::\u20ac")), "identity", "invalid-character"),
    (document(statement(Resource="arn:aws:s3:::\x00")), "identity", "invalid-character"),
    (document(statement(Principal="*")), "identity", "forbidden-element"),
    (document(statement(NotPrincipal="*")), "identity", "forbidden-element"),
    (document(statement(Principal="*")), "boundary", "forbidden-element"),
    (document(statement(Principal="*")), "session", "forbidden-element"),
    (document(statement(Principal="*")), "scp", "forbidden-element"),
    (document(statement()), "resource", "missing-principal"),
    (document(statement(Principal={"AWS": "123456789012"})), "rcp", "invalid-principal"),
    (document(statement(Condition=[])), "identity", "invalid-type"),
    (document(statement(Condition=None)), "identity", "null-value"),
    (document(statement(Condition={"StringEquals": "x"})), "identity", "invalid-type"),
    (document(statement(Condition={"StringEqual": {"aws:a": "x"}})), "identity",
     "invalid-operator"),
    (document(statement(Condition={"stringequals": {"aws:a": "x"}})), "identity",
     "invalid-operator"),
    (document(statement(Condition={"ForSome:StringEquals": {"aws:a": "x"}})), "identity",
     "invalid-operator"),
    (document(statement(Condition={":StringEquals": {"aws:a": "x"}})), "identity",
     "invalid-operator"),
    (document(statement(Condition={"NullIfExists": {"aws:a": "true"}})), "identity",
     "null-if-exists"),
    (document(statement(Condition={"StringEquals": {"username": "x"}})), "identity",
     "invalid-condition-key"),
    (document(statement(Condition={"StringEquals": {"aws:": "x"}})), "identity",
     "invalid-condition-key"),
    (document(statement(Condition={"StringEquals": {"aws:PrincipalTag/": "x"}})), "identity",
     "invalid-condition-key"),
    (document(statement(Condition={"StringEquals": {"aws:a": "x", "AWS:A": "y"}})), "identity",
     "duplicate-condition-key"),
    (document(statement(Condition={"StringEquals": {"aws:a": None}})), "identity", "null-value"),
    (document(statement(Condition={"StringEquals": {"aws:a": ["x", None]}})), "identity",
     "null-value"),
    (document(statement(Condition={"StringEquals": {"aws:a": [["x"]]}})), "identity",
     "invalid-type"),
    (document(statement(Condition={"NumericEquals": {"aws:a": "${aws:b}"}})), "identity",
     "variable-operator"),
    (document(statement(Condition={"StringEquals": {"aws:a": "${aws:b"}})), "identity",
     "variable-brace"),
    (trust(Resource="*"), "trust", "forbidden-element"),
    (trust(NotResource="*"), "trust", "forbidden-element"),
    (trust(NotPrincipal={"AWS": USER}), "trust", "forbidden-element"),
    (trust(NotAction="sts:AssumeRole"), "trust", "forbidden-element"),
    (trust(Action="*"), "trust", "trust-action"),
    (trust(Action="s3:GetObject"), "trust", "trust-action"),
    (trust(Action="sts:GetCallerIdentity"), "trust", "trust-action"),
    (trust(Action="st*:AssumeRole"), "trust", "trust-action"),
    (trust(Principal={}), "trust", "invalid-principal"),
    (trust(Principal="x"), "trust", "invalid-principal"),
    (trust(Principal=[USER]), "trust", "invalid-principal"),
    (trust(Principal=None), "trust", "invalid-principal"),
    (trust(Principal={"AWS": []}), "trust", "missing-principal"),
    (trust(Principal={"AWS": None}), "trust", "null-value"),
    (trust(Principal={"aws": USER}), "trust", "invalid-principal"),
    (trust(Principal={"AWS": "alice"}), "trust", "invalid-principal"),
    (trust(Principal={"AWS": "12345678901"}), "trust", "invalid-principal"),
    (trust(Principal={"AWS": "arn:aws:iam::123456789012:group/devs"}), "trust",
     "group-principal"),
    (trust(Principal={"AWS": "arn:aws:iam::123456789012:user/*"}), "trust",
     "wildcard-in-principal"),
    (trust(Principal={"AWS": "arn:aws:iam::123456789012:user/a*/b"}), "trust",
     "wildcard-in-principal"),
    (trust(Principal={"AWS": "arn:aws:iam::*:root"}), "trust", "wildcard-in-principal"),
    (trust(Principal={"AWS": "${aws:username}"}), "trust", "variable-place"),
    (trust(Principal={"AWS": "arn:aws:sts::123456789012:assumed-role/x"}), "trust",
     "invalid-principal"),
    (trust(Principal={"Service": "ec2"}), "trust", "invalid-principal"),
    (trust(Principal={"Service": "*"}), "trust", "wildcard-in-principal"),
    (trust(Principal={"Federated": "nowhere"}), "trust", "invalid-principal"),
    (trust(Principal={"CanonicalUser": "a" * 64}), "trust", "invalid-principal"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "kind", "code"), WRONG)
def test_what_aws_refuses_is_an_error(data, kind, code):
    parsed, problems = parse_document(data, kind)
    assert parsed is None
    assert code in [problem.code for problem in problems if problem.severity == "error"]
    for problem in problems:
        assert not problem.message.endswith(".")


RIGHT = [
    (document(statement(Action="*")), "identity"),
    (document(statement(Action="iam*:Get?ser")), "identity"),
    (document(statement(Resource="arn:*")), "identity"),
    (document(statement(Resource="arn:aws:s3")), "identity"),
    (document(statement(Resource="arn:*:s3:::x")), "identity"),
    (document(statement(Resource="arn:aws:iam::*:user/*")), "identity"),
    (document(statement(Resource="arn:aws:iam::aws:policy/*")), "identity"),
    (document(statement(Resource="arn:aws:s3:::${aws:PrincipalTag/t, 'a b'}/*")), "identity"),
    (document(statement(Resource="arn:aws:s3:::caf\u00e9")), "identity"),
    (document(statement(Sid="")), "identity"),
    (document(statement(Condition={})), "identity"),
    (document(statement(Condition={"ForAllValues:Null": {"aws:a": True}})), "identity"),
    (document(statement(Condition={"StringLike": {"oidc.eks.example.com/id/A:sub": "*"}})),
     "identity"),
    (document(statement(Condition={"StringLike": {"aws:PrincipalTag/a b:c": "*"}})), "identity"),
    (document(statement(Principal="*", Sid="with space")), "resource"),
    (document(statement(Principal="*", Resource="REMOVE")), "resource"),
    (document(statement(Principal="*")), "rcp"),
    (document(statement(NotAction="iam:*", Action="REMOVE")), "scp"),
    (trust(Action=["sts:*", "STS:assumerole", "sts:Assume*"]), "trust"),
    (trust(Principal={"AWS": "arn:aws-us-gov:iam::123456789012:role/a/b/c"}), "trust"),
    (trust(Principal={"AWS": "arn:aws:sts::123456789012:assumed-role/r/s"}), "trust"),
    (trust(Principal={"AWS": "AIDACKCEVSQ6C2EXAMPLE"}), "trust"),
    (trust(Principal={"Service": ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]}), "trust"),
    (trust(Principal={"Federated": "arn:aws:iam::123456789012:oidc-provider/a.b/c"},
           Action="sts:AssumeRoleWithWebIdentity"), "trust"),
    ({**trust(), "Id": "x"}, "trust"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "kind"), RIGHT)
def test_what_aws_takes_is_no_problem(data, kind):
    parsed, problems = parse_document(data, kind)
    assert not problems
    assert parsed is not None


@pytest.mark.parametrize(
    ("elements", "code"),
    [
        ({"Condition": {"StringEquals": {"aws:a": []}}}, "empty-list"),
        ({"Condition": {"NumericEquals": {"aws:a": "many"}}}, "type-mismatch"),
        ({"Condition": {"DateLessThan": {"aws:a": "soon"}}}, "type-mismatch"),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0"}}}, "type-mismatch"),
        ({"Condition": {"Bool": {"aws:a": "yes"}}}, "type-mismatch"),
        ({"Resource": "arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:q"}, "variable-place"),
    ],
)
def test_what_has_no_effect_is_a_warning(elements, code):
    parsed, problems = parse_document(document(statement(**elements)), "identity")
    assert parsed is not None
    assert [(p.severity, p.code) for p in problems] == [("warning", code)]


def test_variables_in_an_old_document_are_a_warning():
    data = document(statement(Resource="arn:aws:s3:::${aws:username}"), Version="2008-10-17")
    assert codes(data) == ["version", "variable-version"]


def test_sids_are_unique_in_iam_policies():
    two = {"Version": VERSION, "Statement": [statement(Sid="A"), statement(Sid="A")]}
    assert codes(two) == ["duplicate-sid"]
    several = {"Version": VERSION, "Statement": [statement(Sid=""), statement(Sid="")]}
    assert codes(several) == []


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (document(statement(Efect="Allow")), 'did you mean "Effect"?'),
        (document(Statment=[]), 'did you mean "Statement"?'),
        (document(statement(Effect="allow")), 'did you mean "Allow"?'),
        (document(statement(Condition={"StringEqualz": {"aws:a": "b"}})),
         'did you mean "StringEquals"?'),
    ],
)  # fmt: skip
def test_near_names_are_hinted(data, hint):
    assert hint in [problem.hint for problem in parse_document(data, "identity")[1]]


ATOMS = st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(
    ["*", "Allow", VERSION, "sts:AssumeRole", USER, "${k}", "arn:aws:s3:::x", "StringEquals"]
)  # fmt: skip
KEYS = st.sampled_from(
    ["Version", "Statement", "Effect", "Action", "Resource", "Principal", "AWS", "Condition",
     "Sid", "StringEquals", "Null", "aws:a", "Id", "NotAction"]
) | st.text(max_size=4)  # fmt: skip
PLAIN = st.recursive(
    ATOMS, lambda p: st.lists(p, max_size=3) | st.dictionaries(KEYS, p, max_size=5), max_leaves=25
)


@given(PLAIN, st.sampled_from(["identity", "trust", "resource", "scp", "rcp", "session"]))
def test_any_data_is_a_document_or_has_an_error(data, kind):
    parsed, problems = parse_document(data, kind)
    assert (parsed is None) is any(problem.severity == "error" for problem in problems)
