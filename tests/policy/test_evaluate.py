import pytest

from iamctl.domain.documents import Statement
from iamctl.policy.evaluate import Layers, evaluate
from iamctl.policy.request import Request, session_caller
from tests.policy.policies import ACCOUNT, ALICE, OTHER, QUEUE, UNREADABLE, allow, ask, deny, policy


def test_a_decision_names_the_statements_that_decided():
    identity = policy(allow(action="s3:*", sid="No"), allow(sid="Yes"), name="Mine")
    boundary = policy(allow(action="*", sid="Ceiling"), kind="boundary", name="Top")
    decision = ask(Layers(identity=(identity,), boundary=(boundary,)))
    assert decision.allowed
    assert [(m.policy.id, m.statement.sid) for m in decision.statements] == [
        ("Mine", "Yes"),
        ("Top", "Ceiling"),
    ]
    assert decision.layers == {"identity": "allowed", "boundary": "allowed"}
    assert not decision.cross_account


def test_every_layer_has_its_verdict():
    layers = Layers(
        identity=(policy(allow()),),
        boundary=(policy(kind="boundary"),),
        resource=(policy(deny(principals={"*": ("*",)}), kind="resource"),),
        scps=((policy(allow("*"), kind="scp"),), (policy(allow("s3:*"), kind="scp"),)),
    )
    decision = ask(layers)
    assert decision.verdict == "explicitDeny"
    assert decision.lacking == "resource"
    assert dict(decision.layers) == {
        "scp": "implicitDeny",
        "resource": "explicitDeny",
        "identity": "allowed",
        "boundary": "implicitDeny",
    }


def test_the_form_in_which_a_resource_policy_named_the_caller_is_told():
    trust = policy(
        Statement("Allow", principals={"AWS": (ALICE.arn,)}, actions=("sts:AssumeRole",)),
        kind="trust",
    )
    decision = ask(
        Layers(resource=(trust,)), action="sts:AssumeRole",
        resource=f"arn:aws:iam::{ACCOUNT}:role/r",
    )  # fmt: skip
    assert [(m.policy.type, m.form) for m in decision.statements] == [("trust", "user")]


class TestWhatCannotBeRead:
    def test_an_allow_that_hangs_on_it_is_unknown(self):
        decision = ask(Layers(identity=(policy(allow()), UNREADABLE)))
        assert decision.verdict == "unknown"
        assert decision.unreadable == (UNREADABLE,)
        assert not decision.allowed

    def test_a_refusal_that_it_might_lift_is_unknown(self):
        decision = ask(Layers(identity=(UNREADABLE,)))
        assert decision.verdict == "unknown"
        assert decision.layers["identity"] == "unknown"

    def test_a_deny_elsewhere_is_certain(self):
        decision = ask(Layers(identity=(UNREADABLE, policy(deny()))))
        assert decision.verdict == "explicitDeny"

    def test_a_layer_that_does_not_allow_is_certain(self):
        layers = Layers(identity=(UNREADABLE,), boundary=(policy(kind="boundary"),))
        decision = ask(layers)
        assert (decision.verdict, decision.lacking) == ("implicitDeny", "boundary")

    @pytest.mark.parametrize("layer", ["boundary", "session", "resource"])
    def test_every_layer_counts(self, layer):
        lost = UNREADABLE._replace(type=layer)
        session = session_caller(ACCOUNT, "r", "s", role_id="AROAR")
        layers = Layers(identity=(policy(allow()),))._replace(**{layer: (lost,)})
        assert ask(layers, caller=session).verdict == "unknown"

    @pytest.mark.parametrize("layer", ["scps", "rcps"])
    def test_every_level_counts(self, layer):
        full = policy(allow("*", principals={"*": ("*",)}), kind="rcp")
        levels = ((full,), (full, UNREADABLE._replace(type="scp")))
        layers = Layers(identity=(policy(allow()),))._replace(**{layer: levels})
        assert ask(layers).verdict == "unknown"

    def test_a_trust_that_cannot_be_read_is_unknown(self):
        lost = UNREADABLE._replace(type="trust")
        role = f"arn:aws:iam::{ACCOUNT}:role/r"
        decision = ask(Layers(resource=(lost,)), action="sts:AssumeRole", resource=role)
        assert decision.verdict == "unknown"

    def test_across_accounts(self):
        queue = QUEUE.replace(ACCOUNT, OTHER)
        lost = UNREADABLE._replace(type="resource")
        both = Layers(identity=(policy(allow()),), resource=(lost,))
        assert ask(both, resource=queue).verdict == "unknown"
        no_identity = Layers(resource=(lost,))
        assert ask(no_identity, resource=queue).lacking == "identity"

    def test_the_deny_of_a_statement_that_could_be_read_is_certain_on_both_sides(self):
        queue = QUEUE.replace(ACCOUNT, OTHER)
        lost = UNREADABLE._replace(type="resource")
        denied = Layers(identity=(policy(allow(), deny()),), resource=(lost,))
        assert ask(denied, resource=queue).verdict == "explicitDeny"

    def test_what_is_unknown_is_named_by_its_layer(self):
        queue = QUEUE.replace(ACCOUNT, OTHER)
        lost = UNREADABLE._replace(type="resource")
        decision = ask(Layers(identity=(policy(allow()),), resource=(lost,)), resource=queue)
        assert (decision.verdict, decision.lacking) == ("unknown", "resource")
        assert decision.layers == {"resource": "unknown", "identity": "allowed"}

    def test_a_resource_policy_that_cannot_be_read_might_allow_alone(self):
        lost = UNREADABLE._replace(type="resource")
        assert ask(Layers(resource=(lost,))).verdict == "unknown"
        boundary = (policy(kind="boundary"),)
        assert ask(Layers(boundary=boundary, resource=(lost,))).verdict == "unknown"

    def test_a_readable_level_of_rcps_is_no_answer_for_the_other(self):
        full = policy(allow("*", principals={"*": ("*",)}), kind="rcp")
        lost = UNREADABLE._replace(type="rcp")
        decision = ask(Layers(identity=(policy(allow()),), rcps=((full,), (lost,))))
        assert (decision.verdict, decision.layers["rcp"]) == ("unknown", "unknown")
        nothing = ask(Layers(identity=(policy(allow()),), rcps=((policy(kind="rcp"),), (lost,))))
        assert (nothing.verdict, nothing.lacking) == ("implicitDeny", "rcp")


class TestBothSides:
    """What a source identity in a chain of roles asks for, within one account too."""

    ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
    TRUST = (policy(
        Statement("Allow", principals={"AWS": (ALICE.arn,)}, actions=("sts:SetSourceIdentity",)),
        kind="trust",
    ),)  # fmt: skip

    def ask(self, layers, both_sides):
        request = Request(ALICE, "sts:SetSourceIdentity", self.ROLE, {})
        return evaluate(request, layers, both_sides=both_sides)

    def test_the_trust_alone_is_not_enough(self):
        layers = Layers(resource=self.TRUST)
        assert self.ask(layers, both_sides=False).allowed
        decision = self.ask(layers, both_sides=True)
        assert (decision.verdict, decision.lacking) == ("implicitDeny", "identity")
        assert not decision.cross_account

    def test_both_are(self):
        layers = Layers(identity=(policy(allow("sts:SetSourceIdentity")),), resource=self.TRUST)
        assert self.ask(layers, both_sides=True).allowed

    def test_the_callers_policies_alone_are_not_enough(self):
        layers = Layers(identity=(policy(allow("*")),))
        assert self.ask(layers, both_sides=True).lacking == "trust"


class TestWhatLayersRemember:
    def test_more_actions_than_they_keep(self):
        layers = Layers(identity=(policy(*(allow(f"sqs:Do{n}") for n in range(5_000))),))
        for n in range(0, 5_000, 7):
            assert ask(layers, action=f"sqs:do{n}").allowed
            assert not ask(layers, action=f"sqs:do{n}x").allowed

    def test_replaced_layers_remember_nothing_of_the_old(self):
        layers = Layers(identity=(policy(allow()),))
        assert ask(layers).allowed
        assert not ask(layers._replace(identity=())).allowed
        assert ask(layers._replace(scps=((policy(deny(), kind="scp"),),))).lacking == "scp"


def test_the_statement_that_decides_is_the_strongest_form():
    layers = Layers(
        resource=(policy(
            allow(principals={"AWS": (f"arn:aws:iam::{ACCOUNT}:root",)}, sid="Account"),
            allow(principals={"AWS": (ALICE.arn,)}, sid="User"),
            kind="resource",
        ),)
    )  # fmt: skip
    (matched,) = ask(layers).statements
    assert (matched.statement.sid, matched.form) == ("User", "user")


@pytest.mark.parametrize("crowd", [0, 1, 40])
def test_the_first_of_equals_decides_however_many_there_are(crowd):
    others = [allow(resource=f"{QUEUE}-{n}") for n in range(crowd)]
    written = [*others, allow(resource=QUEUE, sid="One"), allow(resource="arn:aws:sqs", sid="Two")]
    (matched,) = ask(Layers(identity=(policy(*written),))).statements
    assert matched.statement.sid == "One"


def test_the_first_of_two_forms_as_strong_decides():
    layers = Layers(
        identity=(policy(allow()),),
        resource=(policy(
            allow(principals={"AWS": (f"arn:aws:iam::{ACCOUNT}:root", "x")}, sid="First"),
            allow(principals={"AWS": (f"arn:aws:iam::{ACCOUNT}:root",)}, sid="Second"),
            kind="resource",
        ),),
    )  # fmt: skip
    decision = ask(layers, resource=QUEUE.replace(ACCOUNT, OTHER))
    assert [m.statement.sid for m in decision.statements] == ["First", None]


def test_a_trust_policy_must_allow_whatever_the_resource_is_called():
    trust = policy(allow("sts:*", principals={"AWS": ("x",)}), kind="trust")
    layers = Layers(identity=(policy(allow("*")),), resource=(trust,))
    decision = ask(layers, action="sts:AssumeRole", resource="*")
    assert (decision.verdict, decision.lacking) == ("implicitDeny", "trust")
