"""Random plans one after another: the directory's rules hold after each of them."""

import os
from hashlib import sha256

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iamctl.domain.change import Change, apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import IamctlError
from iamctl.domain.invariants import check_all
from iamctl.services import (
    attachments,
    deletion,
    groups,
    inline,
    keys,
    policies,
    renaming,
    roles,
    tags,
    trusts,
    users,
)
from iamctl.services.trust_statements import Principal, new_trust
from iamctl.store.repository import YamlRepository

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
NOW = 1_795_510_800
READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}
WRITE = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "A", "Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*"},
    ],
}
A, C = (Principal("AWS", f"arn:aws:iam::123456789012:user/{name}") for name in ("a", "eng/c"))
SESSION = new_trust([Principal("AWS", "arn:aws:sts::123456789012:assumed-role/a/x")])
SHARED = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": [A.value, C.value]}, "Action": "s3:GetObject"},
        {"Effect": "Deny", "NotPrincipal": {"AWS": C.value}, "Action": "s3:PutObject"},
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:sts::123456789012:assumed-role/a/x"},
            "Action": "s3:PutObject",
        },
    ],
}
OWN = {**SHARED, "Statement": SHARED["Statement"][0]}
name = st.sampled_from(["a", "B", "c", "dd", "b"])
path = st.sampled_from(["/", "/eng/", "/eng/x/"])
policy = st.sampled_from(["a", "B", "c", "arn:aws:iam::aws:policy/ReadOnlyAccess"])
document = st.sampled_from([READ, WRITE])
section = st.sampled_from(["users", "groups", "roles"])
principal = st.builds(
    "{}/{}".format, st.sampled_from(["user", "role", "group"]), name
) | st.sampled_from(["account/210987654321", "service/ec2"])
some = {"min_size": 1, "max_size": 3}


def draw_bytes(count, drawn=[0]):  # noqa: B006
    drawn[0] += 1
    return sha256(drawn[0].to_bytes(8, "big")).digest()[:count]


def call(plan, **arguments):
    return st.fixed_dictionaries(arguments).map(lambda request: (plan, request))


minting = {"now": st.just(NOW), "randomness": st.just(draw_bytes)}
plans = st.one_of(
    call(users.plan_create, names=st.lists(name, **some, unique=True), path=path,
         groups=st.lists(name, max_size=2), policies=st.lists(policy, max_size=2), **minting),
    call(groups.plan_create, names=st.lists(name, **some, unique=True), path=path, **minting),
    call(roles.plan_create, name=name, allow=st.lists(principal, **some), path=path, **minting),
    call(policies.plan_create, name=name, document=document, **minting),
    call(policies.plan_update, name=name, document=document),
    call(groups.plan_add, group=name, users=st.lists(name, **some),
         until=st.none() | st.just(NOW)),
    call(groups.plan_remove, group=name, users=st.lists(name, **some)),
    call(attachments.plan_attach, section=section, name=name, policies=st.lists(policy, **some)),
    call(attachments.plan_detach, section=section, name=name, policies=st.lists(policy, **some)),
    call(attachments.plan_boundary, section=st.sampled_from(["users", "roles"]), name=name,
         policy=st.none() | policy),
    call(inline.plan_put, section=section, name=name, policy=name, document=document),
    call(inline.plan_delete, section=section, name=name, policies=st.lists(name, **some)),
    call(tags.plan_tag, section=st.sampled_from(["users", "roles", "policies"]), name=name,
         tags=st.lists(st.tuples(name, name), **some)),
    call(tags.plan_untag, section=st.sampled_from(["users", "roles", "policies"]), name=name,
         keys=st.lists(name, **some)),
    call(keys.plan_add, user=name, key_id=name.map(lambda n: f"AKIA{n * 16}"[:20]),
         secret=st.none(), **minting),
    call(trusts.plan_allow, role=name, principals=st.lists(principal, **some)),
    call(trusts.plan_disallow, role=name, principals=st.lists(principal, **some)),
    call(renaming.plan_rename, section=st.sampled_from(["users", "groups"]), name=name, new=name),
    call(renaming.plan_move, section=section, name=name, path=path),
    *(
        call(plan, names=st.lists(name, **some), cascade=st.booleans(),
             randomness=st.just(draw_bytes))
        for plan in (deletion.plan_delete_users, deletion.plan_delete_groups,
                     deletion.plan_delete_roles, deletion.plan_delete_policies)
    ),
)  # fmt: skip


BY_HAND = """\
# a file by hand
iamctl: 1
account: {id: "123456789012"}
users:
  a:   # first
    id: AIDAAAAAAAAAAAAAAAAA2
  c:
    path: /eng/
groups:
  a:
    members:
      - a  # lead
      - {user: c, until: 2027-01-01}
  dd: {}
roles:
  a:
    trust:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow   # people
          Principal:
            AWS:
              - arn:aws:iam::123456789012:user/a
              - arn:aws:iam::123456789012:user/eng/c   # see ticket
          Action: sts:AssumeRole
  c:
    trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: sts:AssumeRole,
      Principal: {AWS: "arn:aws:sts::123456789012:assumed-role/a/x"}}]}
policies:
  a:
    document: {Version: "2012-10-17",
      Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "*"}]}
  c:
    document:
      Version: "2012-10-17"
      Statement:
      - Effect: Allow
        Action: s3:GetObject
        Resource: "*"
resources:
  # two buckets
  arn:aws:s3:::own: {Version: "2012-10-17", Statement: {Effect: Allow, Action: "s3:*",
    Principal: {AWS: arn:aws:iam::123456789012:user/a}}}
  arn:aws:s3:::shared:  # with others
    Version: "2012-10-17"
    Statement:
      - Effect: Allow
        Principal:
          AWS: ['arn:aws:iam::123456789012:user/a', arn:aws:iam::123456789012:user/eng/c]
        Action: s3:GetObject  # and no more
      - {Effect: Deny, NotPrincipal: {AWS: arn:aws:iam::123456789012:user/eng/c}, Action: "s3:*"}
"""


@settings(max_examples=150 * SCALE, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(plans, min_size=10, max_size=40))
def test_the_rules_hold_after_any_plans(requests):
    directory = Directory(
        {
            "iamctl": 1,
            "account": {"id": "123456789012"},
            "users": {"a": {"id": "AIDAAAAAAAAAAAAAAAAA2"}, "c": {"path": "/eng/"}},
            "groups": {"a": {"members": ["a", "c"]}, "dd": {}},
            "roles": {"a": {"trust": new_trust([A, C])}, "c": {"trust": SESSION}},
            "policies": {"a": {"document": READ}, "c": {"document": READ}},
            "resources": {"arn:aws:s3:::shared": SHARED, "arn:aws:s3:::own": OWN},
        }
    )
    for plan, request in requests:
        changes = plan_or_none(plan, directory, request)
        if changes:
            directory = checked(directory, changes, (plan, request))


def plan_or_none(plan, directory, request):
    """The changes; none when the request is refused, with a sentence that says why."""
    error = None
    try:
        return plan(directory, **request)
    except IamctlError as refused:
        error = refused
    assert error.message
    assert not error.message.endswith(".")
    return None


def checked(directory, changes, request):
    """The directory after the changes, which are minimal and break no rule."""
    changed = [change for change in changes if isinstance(change, Change)]
    assert len({change.at for change in changed}) == len(changed), request
    for change in changed:
        assert directory.value_at(change.at) == change.old, request
        assert change.old != change.new, request
    after = Directory(apply_changes(directory.plain, changes))
    assert [p for p in check_all(after) if p.severity == "error"] == [], (request, changes)
    for section in ("users", "groups", "roles"):
        for entity in (after.plain.get(section) or {}).values():
            for field in ("members", "policies", "tags", "inline"):
                assert field not in entity or entity[field], request
    return after


@settings(max_examples=15 * SCALE, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(plans, min_size=10, max_size=30))
def test_a_file_written_by_hand_takes_any_plans(tmp_path_factory, requests):
    path = tmp_path_factory.mktemp("plans") / "directory.yaml"
    path.write_text(BY_HAND)
    repository = YamlRepository(str(path))
    for plan, request in requests:
        directory = repository.load()
        changes = plan_or_none(plan, directory, request)
        if changes:
            edit = repository.apply(lambda _, planned=changes: planned)
            assert edit.text_diff
            assert not _differ(repository.load().plain, apply_changes(directory.plain, changes))


def _differ(one, other):
    """Whether two plain directories differ in more than whether an empty section is written."""
    return {k: v for k, v in one.items() if v} != {k: v for k, v in other.items() if v}
