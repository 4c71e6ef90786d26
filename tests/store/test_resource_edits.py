"""Deleting and renaming whom resource-based and trust policies name, in files written by hand."""

import os
import random
from pathlib import Path

import pytest

from iamctl.domain.directory import Directory
from iamctl.ports import Plan
from iamctl.services.deletion import plan_delete_roles, plan_delete_users
from iamctl.services.renaming import plan_move, plan_rename
from iamctl.store.reader import load_checked, load_directory
from iamctl.store.repository import YamlRepository

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
BUCKET = "arn:aws:s3:::acme-artifacts"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
ALICE, ALICE_ID = "arn:aws:iam::123456789012:user/alice", "AIDAAAAAAAAAAAAAAAAAA"
TEXT = """\
iamctl: 1
account: {id: "123456789012"}
users:
  alice: {id: AIDAAAAAAAAAAAAAAAAAA, created: 2026-01-01} # a
  bob: {id: AIDABBBBBBBBBBBBBBBBB, created: 2026-01-01}
roles:
  ci:
    id: AROAAAAAAAAAAAAAAAAAA
    created: 2026-01-01
    trust: {Version: "2012-10-17", Statement: {Effect: Allow, Principal: {AWS:
      'arn:aws:iam::123456789012:user/alice'}, Action: sts:AssumeRole}} # only she

# what others may reach
resources:
    "arn:aws:s3:::acme-artifacts": # quoted
        Version: "2012-10-17"
        Statement:
        -   Effect: Allow      # odd
            Principal: {AWS: [ 'arn:aws:iam::123456789012:user/alice' , # alice!
               arn:aws:iam::123456789012:user/bob ]}
            Action: [s3:GetObject]
        # next
        - {Effect: Deny, NotPrincipal: {AWS: arn:aws:iam::123456789012:user/alice}, Action: "*"} # d
        - Effect: Allow
          Principal:
            AWS: # who
            - arn:aws:iam::123456789012:user/alice  # she
            - arn:aws:sts::123456789012:assumed-role/ci/x
          Action: s3:PutObject
    arn:aws:sqs:us-east-1:123456789012:q: {Version: "2012-10-17", Statement: [{Effect: Allow,
      Principal: {AWS: arn:aws:iam::123456789012:user/alice}, Action: "sqs:*"}]}
# end
"""


def draw(count: int) -> bytes:
    return bytes(range(count))


@pytest.fixture
def edit(tmp_path: Path):
    path = tmp_path / "directory.yaml"

    def run(plan: Plan, text: str = TEXT) -> str:
        path.write_text(text)
        YamlRepository(str(path)).apply(plan)
        after = path.read_text()
        load_checked(after.encode(), "d.yaml")
        return after

    return run


def delete_alice(directory: Directory, cascade: bool = False):
    return plan_delete_users(directory, names=["alice"], cascade=cascade, randomness=draw)


def test_a_deleted_user_s_principals_become_the_id_and_nothing_else_changes(edit):
    line = "  alice: {id: AIDAAAAAAAAAAAAAAAAAA, created: 2026-01-01} # a\n"
    assert edit(delete_alice) == TEXT.replace(line, "").replace(ALICE, ALICE_ID)


def test_a_name_used_again_inherits_nothing(edit):
    after = edit(delete_alice)
    line = "  alice: {id: AIDACCCCCCCCCCCCCCCCC, created: 2026-01-01}\n"
    again = load_checked(after.replace("users:\n", f"users:\n{line}").encode(), "d.yaml")
    assert again.principals_naming(ALICE) == ()


def test_a_renamed_user_s_principals_follow(edit):
    after = edit(lambda d: plan_rename(d, section="users", name="alice", new="zoe"))
    assert after == TEXT.replace("  alice:", "  zoe:").replace("user/alice", "user/zoe")


def test_a_moved_user_s_principals_follow(edit):
    after = edit(lambda d: plan_move(d, section="users", name="alice", path="/x/"))
    assert after == TEXT.replace("user/alice", "user/x/alice").replace(
        "AAAA, created: 2026-01-01} # a", "AAAA, path: /x/, created: 2026-01-01} # a"
    )


def test_a_deleted_role_s_sessions_become_the_id(edit):
    after = edit(lambda d: plan_delete_roles(d, names=["ci"], randomness=draw))
    assert "- AROAAAAAAAAAAAAAAAAAA\n" in after
    assert "assumed-role" not in after


def test_cascade_takes_statements_and_policies_left_empty(edit):
    after = edit(lambda d: delete_alice(d, cascade=True))
    made = load_directory(after.encode(), "d.yaml")
    assert ALICE not in after
    assert list(made.resources) == [BUCKET]
    allowed, denied, put = made.resources[BUCKET].statements
    assert allowed.principals == {"AWS": ("arn:aws:iam::123456789012:user/bob",)}
    assert denied.not_principals == {"AWS": (ALICE_ID,)}
    assert put.principals == {"AWS": ("arn:aws:sts::123456789012:assumed-role/ci/x",)}
    assert made.roles["ci"].trust.statements[0].principals == {"AWS": (ALICE_ID,)}
    for comment in ("# quoted", "# odd", "# alice!", "# next", "# d", "# who", "# only she"):
        assert comment in after


def test_the_section_goes_with_its_last_policy(edit):
    head, _, rest = TEXT.partition('    "arn:aws:s3')
    queue = rest[rest.index(f"    {QUEUE}") :]
    after = edit(lambda d: delete_alice(d, cascade=True), head + queue)
    assert "resources" not in after
    assert after.endswith("# end\n")


def _load(name: str):
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def random_plain(rng: random.Random):
    names = ["alice", "bob", "carol"]
    arns = [f"arn:aws:iam::123456789012:user/{name}" for name in names]
    arns += ["arn:aws:sts::123456789012:assumed-role/ci/x", "arn:aws:iam::111122223333:root"]

    def named():
        some = rng.sample(arns, rng.randint(1, 3))
        return {"AWS": some[0] if len(some) == 1 and rng.random() < 0.5 else some}

    def statement(actions, element="Principal"):
        return {"Effect": "Allow", element: named(), "Action": actions}

    def document():
        made = [statement(["s3:*", "sqs:*"]) for _ in range(rng.randint(1, 3))]
        if rng.random() < 0.5:
            made.append({**statement("s3:*", "NotPrincipal"), "Effect": "Deny"})
        return {"Version": "2012-10-17", "Statement": made[0] if len(made) == 1 else made}

    trust = {"Version": "2012-10-17", "Statement": [statement("sts:AssumeRole")]}
    users = {n: {"id": f"AIDA{n.upper() * 5}", "created": "2026-01-01"} for n in names}
    role = {"id": "AROAAAAAAAAAAAAAAAAAA", "created": "2026-01-01", "trust": trust}
    return {
        "iamctl": 1,
        "account": {"id": "123456789012"},
        "users": users,
        "roles": {"ci": role},
        "resources": {arn: document() for arn in rng.sample([BUCKET, QUEUE, f"{QUEUE}2"], 2)},
    }


@pytest.mark.parametrize("seed", range(60 * SCALE))
def test_random_policies_in_random_styles(tmp_path: Path, seed: int):
    rng = random.Random(seed)
    writer = _load("hand_formatted").HandFormatted(rng)
    plain = random_plain(rng)
    path = tmp_path / "directory.yaml"
    path.write_bytes(writer.write(plain))
    arn = "arn:aws:iam::123456789012:user/alice"
    kind = seed % 3
    if kind == 2:
        YamlRepository(str(path)).apply(
            lambda d: plan_rename(d, section="users", name="alice", new="zoe")
        )
    else:
        YamlRepository(str(path)).apply(lambda d: delete_alice(d, cascade=kind == 1))
    data = path.read_bytes()
    after = load_checked(data, "d.yaml")
    assert after.principals_naming(arn) == ()
    if kind != 1:
        new = arn.replace("alice", "zoe") if kind == 2 else plain["users"]["alice"]["id"]
        before = Directory(plain).principals_naming(arn)
        assert after.principals_naming(new) == before
        assert list(after.resources) == list(plain["resources"])
    lost = [owner for token, owner in writer.owner.items() if token.encode() not in data]
    if kind == 0:
        assert all(("users", "alice") in (owner[:2], owner[1:3]) for owner in lost)
    elif kind == 2:
        assert lost == []
