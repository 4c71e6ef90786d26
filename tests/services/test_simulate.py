"""Cases as lines of JSON, each line of the contract."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.services.simulate import MAXIMUM_LINE, Simulator

ALICE = "arn:aws:iam::111122223333:user/alice"
WORKER = "arn:aws:iam::111122223333:role/worker"
SESSION = "arn:aws:sts::111122223333:assumed-role/worker/job"
FEDERATED = "arn:aws:sts::111122223333:federated-user/eve"
ROOT = "arn:aws:iam::111122223333:root"
OTHER = "arn:aws:iam::999988887777:user/mallory"
KEY = "arn:aws:s3:::bucket/key"
NOW = 1_800_000_000


def document(*statements, **elements):
    return {"Version": "2012-10-17", **elements, "Statement": list(statements)}


def allow(action="s3:GetObject", resource="*", **elements):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def deny(action="s3:GetObject", resource="*", **elements):
    return {**allow(action, resource, **elements), "Effect": "Deny"}


def grant(principal, action="s3:GetObject", **elements):
    return {"Effect": "Allow", "Principal": principal, "Action": action, **elements}


READ = document(allow(Sid="Read"))
EVERYTHING = document(allow("*"))
NOTHING_MUCH = document(allow("sqs:SendMessage"))
CASE = {"principal": ALICE, "action": "s3:GetObject", "resource": KEY}


def answer_line(line, fill=False):
    text = Simulator(fill).answers([line], 1, NOW).text
    assert text.endswith("\n")
    assert text.count("\n") == 1
    return json.loads(text)


def answer(case, **options):
    return answer_line(json.dumps(case).encode(), **options)


def decision(fill=False, **fields):
    answered = answer({**CASE, **fields}, fill=fill)
    assert answered["decision"] != "error", answered["reason"]
    return answered["decision"]


def error(**fields):
    answered = answer({"id": 1, **CASE, **fields})
    assert answered["decision"] == "error", answered
    assert answered["statements"] == []
    return answered["reason"]


class TestAnswer:
    def test_allowed_names_the_statement(self):
        answered = answer({**CASE, "id": "one", "identity_policies": [NOTHING_MUCH, READ]})
        assert answered == {
            "id": "one",
            "decision": "allowed",
            "reason": 'allowed by statement "Read" of identity_policies[1]',
            "statements": [
                {
                    "layer": "identity",
                    "policy": "identity_policies[1]",
                    "sid": "Read",
                    "effect": "Allow",
                    "index": 0,
                }
            ],
        }

    def test_allowed_names_what_it_is_within(self):
        answered = answer(
            {**CASE, "identity_policies": [READ], "boundary": EVERYTHING, "scps": [[EVERYTHING]]}
        )
        assert answered["reason"] == (
            'allowed by statement "Read" of identity_policies[0],'
            " within Statement[0] of scps[0][0], Statement[0] of boundary"
        )
        assert [s["layer"] for s in answered["statements"]] == ["scp", "identity", "boundary"]

    def test_root_needs_no_statement(self):
        answered = answer({**CASE, "principal": ROOT})
        assert answered["decision"] == "allowed"
        assert answered["reason"] == "allowed by being the root user of the account"
        assert answered["statements"] == []

    def test_implicit_denial_is_said_in_awss_words(self):
        assert answer(CASE)["reason"] == (
            f"User: {ALICE} is not authorized to perform: s3:GetObject on resource: {KEY}"
            " because no identity-based policy allows the s3:GetObject action"
        )

    def test_explicit_denial_names_the_statement(self):
        scp = document(allow("*"), deny(Sid="Never"))
        answered = answer({**CASE, "identity_policies": [READ], "scps": [[EVERYTHING], [scp]]})
        assert answered["decision"] == "explicitDeny"
        assert answered["reason"].endswith(
            "with an explicit deny in a service control policy:"
            ' denied by statement "Never" of scps[1][0]'
        )
        assert answered["statements"] == [
            {"layer": "scp", "policy": "scps[1][0]", "sid": "Never", "effect": "Deny", "index": 1}
        ]

    def test_the_level_of_scps_without_allow_is_named(self):
        answered = answer(
            {**CASE, "identity_policies": [READ], "scps": [[EVERYTHING], [NOTHING_MUCH]]}
        )
        assert answered["decision"] == "implicitDeny"
        assert answered["reason"].endswith("because no statement of scps[1] allows it")
        assert "explicit" not in answered["reason"]

    def test_denial_across_accounts_names_the_side(self):
        answered = answer(
            {
                **CASE,
                "principal": OTHER,
                "resource_account": "111122223333",
                "resource_policy": document(grant({"AWS": "999988887777"}, Resource="*")),
            }
        )
        assert answered["decision"] == "implicitDeny"
        assert "no identity-based policy allows s3:GetObject" in answered["reason"]

    def test_a_policy_handed_in_twice_is_named_where_it_decided(self):
        answered = answer({**CASE, "boundary": READ, "identity_policies": [READ]})
        assert [s["policy"] for s in answered["statements"]] == ["identity_policies[0]", "boundary"]

    def test_equal_statements_are_told_apart_by_their_conditions_place(self):
        unmet = allow(Condition={"StringEquals": {"aws:x": "y"}})
        answered = answer({**CASE, "identity_policies": [document(unmet, allow(), allow())]})
        assert answered["statements"][0]["index"] == 1


class TestId:
    @pytest.mark.parametrize(
        "text", ['"x"', "1.0", "1e400", "null", "[1, {}]", '{"a": "\\ud800é"}', "9" * 5000, "true"]
    )
    def test_any_json_value_comes_back_as_it_is_written(self, text):
        line = f'{{"action": "s3:GetObject", "id": {text}}}'.encode()
        assert f'"id": {text}, "decision"' in Simulator().answers([line], 1, NOW).text

    def test_absent_is_null(self):
        assert answer(CASE)["id"] is None

    def test_a_bad_case_keeps_its_id(self):
        assert answer({"id": 7, "action": 4})["id"] == 7
        assert answer({"action": 4, "id": 7})["id"] == 7


class TestPrincipal:
    def test_absent_and_null_are_anonymous(self):
        public = document(grant("*", Resource="*"))
        for case in ({"action": "s3:GetObject"}, {"action": "s3:GetObject", "principal": None}):
            assert answer({**case, "resource": KEY})["decision"] == "implicitDeny"
            answered = answer({**case, "resource": KEY, "resource_policy": public})
            assert answered["decision"] == "allowed"

    @pytest.mark.parametrize("principal", [ALICE, WORKER, SESSION])
    def test_arns_of_users_roles_and_sessions(self, principal):
        assert decision(principal=principal, identity_policies=[READ]) == "allowed"

    def test_federated_user_needs_a_session_policy(self):
        fields = {"principal": FEDERATED, "identity_policies": [READ]}
        assert decision(**fields) == "implicitDeny"
        assert decision(**fields, session_policies=[READ]) == "allowed"

    def test_service(self):
        trusted = document(grant({"Service": "ec2.amazonaws.com"}, Resource="*"))
        assert decision(principal="ec2.amazonaws.com", resource_policy=trusted) == "allowed"
        assert decision(principal="s3.amazonaws.com", resource_policy=trusted) == "implicitDeny"

    def test_identity_provider(self):
        provider = "arn:aws:iam::111122223333:oidc-provider/idp.example.com"
        action = "sts:AssumeRoleWithWebIdentity"
        trust = document(grant({"Federated": provider}, action))
        fields = {"action": action, "resource": WORKER, "resource_policy": trust}
        assert decision(principal=provider, **fields) == "allowed"
        assert decision(principal="accounts.google.com", **fields) == "implicitDeny"

    @pytest.mark.parametrize(
        "principal",
        [
            "",
            "alice",
            "*",
            "111122223333",
            "AIDAALICE00000000001",
            "arn:aws:iam::111122223333:group/developers",
            "arn:aws:iam::111122223333:user/*",
            "arn:aws:iam::1111:user/alice",
            "arn:aws:s3:::bucket",
            "example.com",
        ],
    )
    def test_what_is_no_principal(self, principal):
        assert "is no principal" in error(principal=principal)

    def test_wrong_type(self):
        assert error(principal=[ALICE]) == "principal must be an ARN, not a list"


class TestAction:
    @pytest.mark.parametrize("action", ["s3", "", "s3:", ":Get", "s3:Get Object", "a:b:c", "s3:é"])
    def test_malformed(self, action):
        assert "must be one such as s3:GetObject" in error(action=action)

    @pytest.mark.parametrize("action", ["*", "s3:*", "s3:Get?bject"])
    def test_wildcard(self, action):
        assert "has a wildcard" in error(action=action)

    def test_missing_and_of_wrong_type(self):
        assert error(action=None).startswith("action is missing")
        assert error(action=7) == "action must be text, not a number"

    def test_case_is_ignored(self):
        assert decision(action="S3:GETOBJECT", identity_policies=[READ]) == "allowed"


class TestResource:
    def test_absent_is_a_star(self):
        only = document(allow("s3:ListAllMyBuckets", "arn:aws:s3:::b"))
        case = {"principal": ALICE, "action": "s3:ListAllMyBuckets", "identity_policies": [only]}
        assert answer(case)["decision"] == "implicitDeny"
        case["identity_policies"] = [document(allow("s3:ListAllMyBuckets", "*"))]
        assert answer(case)["decision"] == "allowed"

    def test_taken_as_it_is(self):
        only = document(allow(resource="arn:aws:s3:::bucket/[*]?"))
        assert decision(resource="arn:aws:s3:::bucket/[*]?", identity_policies=[only]) == "allowed"
        assert decision(resource="arn:aws:s3:::bucket/*", identity_policies=[only]) != "allowed"

    def test_wrong(self):
        assert error(resource=3) == "resource must be an ARN or *, not a number"
        assert error(resource="").startswith("resource is empty")

    def test_account_of_the_resource(self):
        fields = {"identity_policies": [READ], "resource": KEY}
        assert decision(**fields, resource_account="111122223333") == "allowed"
        assert decision(**fields, resource_account=None) == "allowed"
        assert decision(**fields, resource_account="999988887777") == "implicitDeny"

    @pytest.mark.parametrize("account", [111122223333, "1", "", "١١١١٢٢٢٢٣٣٣٣"])
    def test_wrong_account(self, account):
        assert error(resource_account=account).startswith("resource_account must be")


class TestContext:
    def when(self, operator, key, value):
        return [document(allow(Condition={operator: {key: value}}))]

    def test_keys_ignore_case(self):
        policies = self.when("StringEquals", "aws:PrincipalTag/Team", "a")
        context = {"AWS:principaltag/TEAM": "a"}
        assert decision(identity_policies=policies, context=context) == "allowed"

    def test_two_spellings_of_a_key(self):
        reason = error(context={"aws:Foo": "a", "aws:foo": "a"})
        assert reason == 'context key "aws:foo" stands twice: keys ignore case'

    def test_a_list_is_multivalued(self):
        policies = self.when("ForAllValues:StringEquals", "aws:TagKeys", ["a", "b"])
        assert decision(identity_policies=policies, context={"aws:TagKeys": ["b"]}) == "allowed"
        assert decision(identity_policies=policies, context={"aws:TagKeys": ["c"]}) != "allowed"
        assert decision(identity_policies=policies, context={"aws:TagKeys": []}) == "allowed"

    def test_only_a_text_fills_a_variable(self):
        policies = [document(allow(resource="arn:aws:s3:::bucket/${aws:username}"))]
        assert decision(identity_policies=policies, context={"aws:username": "key"}) == "allowed"
        assert decision(identity_policies=policies, context={"aws:username": ["key"]}) != "allowed"

    @pytest.mark.parametrize(
        ("text", "value"), [("1.50", "1.50"), ("true", "true"), ("12345678901234567890", None)]
    )
    def test_numbers_and_booleans_are_their_text(self, text, value):
        policies = self.when("StringEquals", "aws:x", value or text)
        case = {**CASE, "identity_policies": policies}
        line = json.dumps(case)[:-1] + f', "context": {{"aws:x": {text}}}}}'
        assert answer_line(line.encode())["decision"] == "allowed"

    def test_nothing_is_added(self):
        for key in ("aws:CurrentTime", "aws:PrincipalArn", "aws:username", "aws:SecureTransport"):
            assert decision(identity_policies=self.when("Null", key, "true")) == "allowed"
            assert decision(identity_policies=self.when("Null", key, "false")) != "allowed"

    @pytest.mark.parametrize(
        ("context", "reason"),
        [
            ([], "context must be an object, not a list"),
            ({"aws:x": None}, 'context key "aws:x" must be text or a list of texts, not null'),
            ({"aws:x": {}}, 'context key "aws:x" must be text or a list of texts, not an object'),
            ({"aws:x": ["a", ["b"]]}, 'context key "aws:x" must be a list of texts, not of a list'),
            ({"": "a"}, "a context key is empty"),
        ],
    )
    def test_wrong(self, context, reason):
        assert error(context=context) == reason


class TestFill:
    def when(self, key, value):
        return {"identity_policies": [document(allow(Condition={"StringEquals": {key: value}}))]}

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("aws:username", "alice"),
            ("aws:PrincipalArn", ALICE),
            ("aws:PrincipalAccount", "111122223333"),
            ("aws:PrincipalType", "User"),
            ("aws:EpochTime", str(NOW)),
            ("aws:ResourceAccount", "111122223333"),
        ],
    )
    def test_what_principal_and_clock_imply(self, key, value):
        fields = {**self.when(key, value), "resource_account": "111122223333"}
        assert decision(fill=True, **fields) == "allowed"
        assert decision(fill=False, **fields) == "implicitDeny"

    def test_what_the_case_says_stays(self):
        fields = {**self.when("aws:username", "bob"), "context": {"AWS:UserName": "bob"}}
        assert decision(fill=True, **fields) == "allowed"

    def test_sessions_of_roles_have_no_mfa(self):
        fields = self.when("aws:MultiFactorAuthPresent", "false")
        assert decision(fill=True, principal=SESSION, **fields) == "allowed"
        assert decision(fill=True, principal=ALICE, **fields) == "implicitDeny"


class TestLayers:
    def test_no_policies_given(self):
        assert decision() == "implicitDeny"
        for field in ("identity_policies", "boundary", "session_policies", "resource_policy"):
            assert decision(**{"principal": ROOT, field: None}) == "allowed"

    def test_boundary(self):
        fields = {"identity_policies": [READ]}
        assert decision(**fields, boundary=None) == "allowed"
        assert decision(**fields, boundary=EVERYTHING) == "allowed"
        assert decision(**fields, boundary=NOTHING_MUCH) == "implicitDeny"

    def test_session_policies(self):
        fields = {"principal": SESSION, "identity_policies": [READ]}
        assert decision(**fields, session_policies=[]) == "allowed"
        assert decision(**fields, session_policies=[NOTHING_MUCH]) == "implicitDeny"
        assert decision(**fields, session_policies=[NOTHING_MUCH, EVERYTHING]) == "allowed"

    def test_scps_by_level(self):
        fields = {"identity_policies": [READ]}
        assert decision(**fields, scps=[]) == "allowed"
        assert decision(**fields, scps=[[EVERYTHING], [NOTHING_MUCH, READ]]) == "allowed"
        assert decision(**fields, scps=[[EVERYTHING], [NOTHING_MUCH]]) == "implicitDeny"
        assert decision(**fields, scps=[[EVERYTHING], []]) == "implicitDeny"
        assert decision(**fields, scps=[[EVERYTHING], [document(deny())]]) == "explicitDeny"

    def test_rcps(self):
        open_ = document(grant("*", "*", Resource="*"))
        closed = document({**grant("*", "s3:*", Resource="*"), "Effect": "Deny"})
        fields = {"identity_policies": [READ]}
        assert decision(**fields, rcps=[[open_]]) == "allowed"
        assert decision(**fields, rcps=[[]]) == "implicitDeny"
        assert decision(**fields, rcps=[[open_], [closed]]) == "explicitDeny"

    def test_resource_policy(self):
        policy = document(grant({"AWS": ALICE}, Resource=KEY))
        assert decision(resource_policy=policy) == "allowed"

    @pytest.mark.parametrize("action", ["sts:AssumeRole", "STS:assumerole", "sts:TagSession"])
    def test_the_resource_policy_of_a_role_to_assume_is_its_trust_policy(self, action):
        trust = document(grant({"AWS": ALICE}, "sts:*"))
        fields = {"action": action, "resource": WORKER, "resource_policy": trust}
        answered = answer({**CASE, **fields})
        assert answered["decision"] == "allowed"
        assert answered["statements"][0]["layer"] == "trust"
        assert decision(**{**fields, "resource_policy": None}) == "implicitDeny"
        policies = {"identity_policies": [EVERYTHING]}
        assert decision(**{**fields, **policies, "resource_policy": None}) == "implicitDeny"

    def test_a_trust_policy_takes_no_resource(self):
        trust = document(grant({"AWS": ALICE}, "sts:AssumeRole", Resource="*"))
        reason = error(action="sts:AssumeRole", resource=WORKER, resource_policy=trust)
        assert "Has prohibited field Resource at Statement[0].Resource" in reason

    def test_one_document_in_every_place(self):
        """The same text is another thing in another field."""
        simulator = Simulator()
        for _ in range(2):
            for field, wanted in (
                ("identity_policies", [READ]),
                ("session_policies", [READ]),
                ("scps", [[READ]]),
                ("boundary", READ),
            ):
                line = json.dumps({**CASE, "principal": ROOT, field: wanted}).encode()
                answered = json.loads(simulator.answers([line], 1, NOW).text)
                assert answered["decision"] == "allowed", answered
            line = json.dumps({**CASE, "resource_policy": READ}).encode()
            answered = json.loads(simulator.answers([line], 1, NOW).text)
            assert answered["decision"] == "error"
            assert "has no Principal" in answered["reason"]


class TestBadCases:
    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (b"nope", "line 1: this is not JSON: expecting value at column 1"),
            (b'{"action": "s3:x"', "line 1: this is not JSON: expecting ',' delimiter"),
            (b'{"action": "s3:x",}', "line 1: this is not JSON: expecting property name"),
            (b'{"action" "s3:x"}', "line 1: this is not JSON: expecting ':' delimiter"),
            (b'{"action": "s3:x"} x', "line 1: this is not JSON: extra data at column 20"),
            (b'{"scps": [[], }', "line 1: this is not JSON: expecting value at column 15"),
            (b'{"scps": [[] []]}', "line 1: this is not JSON: expecting ',' delimiter"),
            (b'{action: "s3:x"}', "line 1: this is not JSON: expecting property name"),
            (b'{"context": {"a": NaN}}', "line 1: this cannot be read: NaN is no JSON value"),
            (b'"text"', "line 1: a case is a JSON object, not text"),
            (b"[]", "line 1: a case is a JSON object, not a list"),
            (b"null", "line 1: a case is a JSON object, not null"),
            (b"\xff{}", "line 1: this is not UTF-8 text"),
            (b"{}", "line 1: action is missing"),
            (b'{"id": 1, "x": ' + b"9" * 5000 + b"}", "this cannot be read: a number has 5000"),
            (b"[" * 100_000, "line 1: this is nested too deeply"),
            (b'{"id": 1, "scps": ' + b"[" * 100_000, "this is nested too deeply"),
            (b'{"id": 1, "x": ' + b'{"a":' * 100_000, "this is nested too deeply"),
            (b" " * MAXIMUM_LINE + b"{}", "line 1: this is longer than 10000000 bytes"),
        ],
    )
    def test_lines_that_are_no_cases(self, line, reason):
        answered = answer_line(line)
        assert answered["decision"] == "error"
        assert answered["reason"].startswith(reason)

    @pytest.mark.parametrize("field", ["resource_policy", "boundary", "context", "id", "zzz"])
    def test_nesting_of_any_depth(self, field):
        for depth in [*range(850, 1000), 2000]:
            nested = "[" * depth + "]" * depth
            line = f'{{"action": "s3:A", "{field}": {{"Statement": {nested}}}}}'.encode()
            answers = Simulator().answers([line], 1, NOW).text
            if field == "id" and depth < 900:
                assert '"decision": "implicitDeny"' in answers
            elif depth == 2000 or field != "id":
                assert '"decision": "error"' in answers

    def test_unknown_field(self):
        assert error(acton="x") == '"acton" is not a field of a case; did you mean "action"?'
        assert "fields are id, principal" in error(zzz=1)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ('{"id": 5, "action": "s3:A", "action": "s3:B"}', '"action" stands twice'),
            ('{"context": {"a": "b", "a": "c"}, "id": 5, "action": "s3:A"}', 'key "a" stands'),
            (
                '{"identity_policies": [{"Statement": [{"Effect": "Deny", "Effect": "Allow"}]}],'
                ' "id": 5, "action": "s3:A"}',
                'identity_policies: key "Effect" stands twice in one object',
            ),
        ],
    )
    def test_repeated_keys(self, text, reason):
        answered = answer_line(text.encode())
        assert (answered["id"], answered["decision"]) == (5, "error")
        assert reason in answered["reason"]

    def test_a_repeated_id_is_none(self):
        assert answer_line(b'{"id": {"a": 1, "a": 2}, "action": "s3:A"}')["id"] is None

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"identity_policies": READ}, "identity_policies must be a list, not an object"),
            ({"identity_policies": [[READ]]}, "identity_policies[0] must be a policy document"),
            ({"identity_policies": [READ, None]}, "identity_policies[1] must be a policy document"),
            ({"boundary": [READ]}, "boundary must be a policy document, not a list"),
            ({"session_policies": "x"}, "session_policies must be a list, not text"),
            ({"resource_policy": 1}, "resource_policy must be a policy document, not a number"),
            ({"scps": [READ]}, "scps[0] must be a list, not an object"),
            ({"scps": READ}, "scps must be a list, not an object"),
            ({"scps": [[READ], [[]]]}, "scps[1][0] must be a policy document, not a list"),
            ({"session_policies": [1] * 20_000}, "session_policies has more than 10000 documents"),
            ({"scps": [[]] * 20_000}, "this cannot be read: scps has more than 10000 levels"),
            ({"rcps": False}, "rcps must be a list, not true or false"),
            (
                {"rcps": [[READ]]},
                "rcps[0][0] is malformed: The statement has no Principal at Statement[0]",
            ),
            (
                {"boundary": document(allow("s3"))},
                "boundary is malformed: Actions/Conditions must be prefaced by a vendor,"
                " e.g., iam, sdb, ec2, etc at Statement[0].Action",
            ),
            ({"boundary": {}}, "boundary is malformed: The policy has no Statement"),
        ],
    )
    def test_wrong_policies(self, fields, reason):
        assert error(**fields).startswith(reason)

    def test_a_document_with_warnings_is_taken(self):
        old = {"Version": "2008-10-17", "Statement": [allow()]}
        assert decision(identity_policies=[old]) == "allowed"

    def test_the_others_are_answered(self):
        lines = [b"nope", b"", json.dumps({**CASE, "id": 1}).encode(), b"  \r", b"nope"]
        answers = Simulator().answers(lines, 1, NOW)
        told = [json.loads(line) for line in answers.text.splitlines()]
        assert [one["decision"] for one in told] == ["error", "implicitDeny", "error"]
        assert told[2]["reason"].startswith("line 5: ")
        assert answers.bad == 2

    def test_lines_may_end_as_on_windows_and_begin_with_a_mark(self):
        line = json.dumps({**CASE, "identity_policies": [READ]}).encode()
        assert answer_line(b"\xef\xbb\xbf" + line + b"\r")["decision"] == "allowed"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELD = st.sampled_from(
    ["id", "principal", "action", "resource", "context", "boundary", "identity_policies", "scps"]
)


class TestProperties:
    @given(st.binary(max_size=200).filter(lambda line: b"\n" not in line))
    def test_any_bytes_are_answered(self, line):
        answers = Simulator().answers([line], 1, NOW)
        if line.strip():
            assert json.loads(answers.text)["decision"] == "error"
        else:
            assert answers.text == ""

    @given(st.dictionaries(FIELD, JSON, max_size=5))
    def test_any_case_is_answered(self, case):
        answered = answer(case)
        assert set(answered) == {"id", "decision", "reason", "statements"}

    @given(st.data())
    def test_a_line_cut_short_is_an_error(self, data):
        line = json.dumps({**CASE, "identity_policies": [READ], "scps": [[EVERYTHING]]}).encode()
        simulator = Simulator()
        assert simulator.answers([line], 1, NOW).bad == 0
        cut = data.draw(st.integers(1, len(line) - 1))
        assert simulator.answers([line[:cut]], 1, NOW).bad == 1


DOCUMENT = st.sampled_from(
    [
        READ,
        EVERYTHING,
        NOTHING_MUCH,
        document(allow(), deny(Condition={"StringEquals": {"aws:x": "y"}})),
        document(grant("*", "*", Resource="*")),
        document(grant({"AWS": ALICE}, "sts:AssumeRole")),
        document(allow("s3")),
        {},
        [],
        None,
        7,
    ]
)
LIST = st.lists(DOCUMENT, max_size=4) | st.none()
LEVELS = st.lists(LIST, max_size=3) | st.none()
ASKED = st.sampled_from(
    [("s3:GetObject", KEY), ("sts:AssumeRole", WORKER), ("sts:TagSession", "*")]
)


@st.composite
def some_case(draw):
    action, resource = draw(ASKED)
    case = {
        "id": draw(st.integers(0, 3)),
        "principal": draw(st.sampled_from([ALICE, SESSION, OTHER, ROOT, None])),
        "action": action,
        "resource": resource,
        "context": draw(st.sampled_from([{}, {"aws:x": "y"}, {"aws:x": ["y", "z"]}])),
        "identity_policies": draw(LIST),
        "boundary": draw(DOCUMENT),
        "session_policies": draw(LIST),
        "resource_policy": draw(DOCUMENT),
        "scps": draw(LEVELS),
        "rcps": draw(LEVELS),
    }
    left_out = draw(st.sets(st.sampled_from(sorted(case)), max_size=6))
    return {key: value for key, value in case.items() if key not in left_out}


@given(st.lists(some_case(), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_what_came_before_changes_no_answer(cases, draw):
    lines = [json.dumps(case).encode() for case in cases]
    fresh = {line: Simulator().answers([line], 5, NOW) for line in lines}
    simulator = Simulator()
    for line in [*lines, *draw.choices(lines, k=20)]:
        assert simulator.answers([line], 5, NOW) == fresh[line]


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("identity_policies", [EVERYTHING], [NOTHING_MUCH]),
        ("boundary", EVERYTHING, NOTHING_MUCH),
        ("session_policies", [EVERYTHING], [NOTHING_MUCH]),
        ("scps", [[EVERYTHING]], [[NOTHING_MUCH]]),
        ("rcps", [[document(grant("*", "*", Resource="*"))]], [[]]),
        (
            "resource_policy",
            document(grant("*", Resource="*")),
            document({**grant("*", Resource="*"), "Effect": "Deny"}),
        ),
    ],
)
def test_cases_that_differ_in_one_field_are_told_apart(field, one, other):
    base = {**CASE, "principal": SESSION, "identity_policies": [READ]}
    simulator = Simulator()
    for _ in range(4):  # what comes again is remembered
        for value, allowed in ((one, True), (other, False)):
            line = json.dumps({**base, field: value}).encode()
            answered = json.loads(simulator.answers([line], 1, NOW).text)
            assert (answered["decision"] == "allowed") is allowed, answered


def test_statements_of_one_policy_are_told_apart():
    policy = document(allow("s3:GetObject", Sid="Get"), allow("s3:PutObject", Sid="Put"))
    simulator = Simulator()
    for action, sid, index in (("s3:GetObject", "Get", 0), ("s3:PutObject", "Put", 1)) * 2:
        line = json.dumps({**CASE, "action": action, "identity_policies": [policy]}).encode()
        (statement,) = json.loads(simulator.answers([line], 1, NOW).text)["statements"]
        assert (statement["sid"], statement["index"]) == (sid, index)


PATHED = "arn:aws:iam::111122223333:role/jobs/worker"
WORKER_ID = "AROAWORKERWORKERWORKE"


@pytest.mark.parametrize("named", [PATHED, WORKER_ID])
def test_a_session_is_of_the_role_of_its_name_at_any_path_and_of_its_unique_id(named):
    """The ARN of a session does not say the role's path; the context may say its id."""
    case = {"identity_policies": [document(allow("s3:*"))], "principal": SESSION,
            "context": {"aws:userid": f"{WORKER_ID}:job"}}  # fmt: skip
    assert decision(**case) == "allowed"
    refused = document({**grant({"AWS": named}, "s3:*", Resource="*"), "Effect": "Deny"})
    assert decision(**case, resource_policy=refused) == "explicitDeny"
    other = document(
        {
            **grant({"AWS": PATHED.replace("worker", "walker")}, "s3:*", Resource="*"),
            "Effect": "Deny",
        }
    )
    assert decision(**case, resource_policy=other) == "allowed"


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("arn:aws:iam::111122223333:root", "implicitDeny"),
        ("arn:aws:sts::111122223333:federated-user/fred", "implicitDeny"),
        (None, "implicitDeny"),
        ("arn:aws-cn:iam::111122223333:user/alice", "implicitDeny"),
        ("arn:aws:iam::111122223333:user/alice", "allowed"),
        ("ec2.amazonaws.com", "allowed"),
        (SESSION, "allowed"),
    ],
)
def test_sts_turns_some_away_whatever_the_trust_policy_says(principal, expected):
    every = document(allow("*"))
    case = {"principal": principal, "action": "sts:AssumeRole",
            "resource": "arn:aws:iam::111122223333:role/open",
            "resource_policy": document(grant("*", "sts:AssumeRole"))}  # fmt: skip
    if principal and "fred" in principal:
        case |= {"identity_policies": [every], "session_policies": [every]}
    assert decision(**case) == expected


def test_each_level_of_resource_control_policies_must_allow():
    full = document(grant("*", "*", Resource="*"))
    case = {"identity_policies": [document(allow("*"))]}
    assert decision(**case, rcps=[[full], [full]]) == "allowed"
    assert decision(**case, rcps=[[full], []]) == "implicitDeny"
    assert decision(**case, rcps=[[], [full]]) == "implicitDeny"
