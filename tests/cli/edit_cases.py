"""The table: what every editing command makes of the directory of `edit_stage`."""

from typing import Any

from tests.cli.edit_stage import (
    ALICE,
    AWS_READ_ONLY,
    CASES,
    EC_KEY,
    FINGERPRINT,
    GITHUB,
    KEYS,
    NOW,
    ROOT,
    RSA_KEY,
    SECRET,
    Like,
    Plain,
    assume,
    by_github,
    document,
    edit,
    follow,
    forget,
    leave,
    minted,
    role_arn,
    sets,
    trust,
    user_arn,
)
from tests.federation import saml_identities

__all__ = ["CASES"]

NEW_DOCUMENT = document("sqs:*", resource=["arn:aws:sqs:::q"])
IMPORTED = "AKIAIMPORTED00000001"


def pool_id(region: str) -> Like:
    return Like(region + ":[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def fresh(prefix: str, **fields: Any) -> Plain:
    return {"id": minted(prefix), "created": NOW, **fields}


# --- users --------------------------------------------------------------------------------------

sets("user create zed", "users zed", fresh("AIDA"))
sets("user create Aaron -o json", "users Aaron", fresh("AIDA"))


@edit(
    f"user create 0042 no --path /x/ --tag a=b --tag 'k k=x: y' --group dev --group ops"
    f" --policy Read --policy {AWS_READ_ONLY} --boundary Write"
)
def _(plain: Plain, _: Plain) -> None:
    fields = {"path": "/x/", "tags": {"a": "b", "k k": "x: y"}, "boundary": "Write"}
    for name in ("0042", "no"):
        plain["users"][name] = fresh("AIDA", policies=["Read", AWS_READ_ONLY], **fields)
        for group in ("dev", "ops"):
            plain["groups"][group]["members"].append(name)


@edit("user create - --group idle", stdin="m1\r\n\n m2 \n")
def _(plain: Plain, _: Plain) -> None:
    plain["users"] |= {"m1": fresh("AIDA"), "m2": fresh("AIDA")}
    plain["groups"]["idle"]["members"] = ["m1", "m2"]


@edit("user rename alice alice.smith", renamed=("users", "alice", "alice.smith"))
def _(plain: Plain, _: Plain) -> None:
    plain["users"]["alice.smith"] = plain["users"].pop("alice")
    plain["groups"]["dev"]["members"][0] = "alice.smith"
    follow(plain, ALICE, user_arn("alice.smith", "/eng/"))


@edit("user rename bob yes", renamed=("users", "bob", "yes"))
def _(plain: Plain, _: Plain) -> None:
    plain["users"]["yes"] = plain["users"].pop("bob")
    plain["groups"]["dev"]["members"][1]["user"] = "yes"
    plain["mfa"]["tablet"]["user"] = "yes"
    follow(plain, user_arn("bob"), user_arn("yes"))


@edit("user update alice --path /")
def _(plain: Plain, _: Plain) -> None:
    del plain["users"]["alice"]["path"]
    follow(plain, ALICE, user_arn("alice"))


@edit("user update alice --path /eng/core/")
def _(plain: Plain, _: Plain) -> None:
    plain["users"]["alice"]["path"] = "/eng/core/"
    follow(plain, ALICE, user_arn("alice", "/eng/core/"))


sets("user update carol --path /eng/", "users carol path", "/eng/")


@edit("user delete eve --yes")
def _(plain: Plain, _: Plain) -> None:
    follow(plain, user_arn("eve"), plain["users"].pop("eve")["id"])


@edit("user delete alice --cascade --yes")
def _(plain: Plain, _: Plain) -> None:
    forget(plain, ALICE, plain["users"].pop("alice")["id"])
    leave(plain, "alice")


@edit("user delete bob carol dan.x --cascade --yes")
def _(plain: Plain, _: Plain) -> None:
    forget(plain, user_arn("bob"), plain["users"]["bob"]["id"])
    leave(plain, "bob", "carol", "dan.x")
    for name in ("bob", "carol", "dan.x"):
        del plain["users"][name]
    del plain["mfa"]["phone"], plain["mfa"]["tablet"]


@edit("user revoke-sessions alice --yes")
def _(plain: Plain, _: Plain) -> None:
    plain["users"]["alice"]["inline"]["AWSRevokeOlderSessions"] = revoked()


@edit("user revoke-sessions bob --roles --yes")
def _(plain: Plain, _: Plain) -> None:
    for entity in (plain["users"]["bob"], plain["roles"]["last"], plain["roles"]["spare"]):
        entity.setdefault("inline", {})["AWSRevokeOlderSessions"] = revoked()


def revoked() -> Plain:
    condition = {"DateLessThan": {"aws:TokenIssueTime": NOW}}
    deny = {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [deny]}


# --- groups -------------------------------------------------------------------------------------

sets("group create new", "groups new", fresh("AGPA"))
sets(
    f"group create 'new' --path /x/ --policy Spare --policy {AWS_READ_ONLY} -o json",
    "groups new",
    fresh("AGPA", path="/x/", policies=["Spare", AWS_READ_ONLY]),
)


@edit("group create -", stdin="a1\na2\n")
def _(plain: Plain, _: Plain) -> None:
    plain["groups"] |= {"a1": fresh("AGPA"), "a2": fresh("AGPA")}


@edit("group rename dev on", renamed=("groups", "dev", "on"))
def _(plain: Plain, _: Plain) -> None:
    plain["groups"]["on"] = plain["groups"].pop("dev")


sets("group update dev --path /g/h/", "groups dev path", "/g/h/")
sets("group update dev --path /", "groups dev path", None)
sets("group update ops --path /x/", "groups ops path", "/x/")
sets("group delete idle --yes", "groups idle", None)


@edit("group delete dev ops --cascade --yes")
def _(plain: Plain, _: Plain) -> None:
    del plain["groups"]["dev"], plain["groups"]["ops"]


@edit("group add dev dan.x eve")
def _(plain: Plain, _: Plain) -> None:
    plain["groups"]["dev"]["members"] += ["dan.x", "eve"]


@edit("group add dev alice eve --until 2031-06-30")
def _(plain: Plain, _: Plain) -> None:
    members = plain["groups"]["dev"]["members"]
    members[0] = {"user": "alice", "until": Like("2031-0[67]-[0-9T:]+Z")}
    members.append({"user": "eve", "until": Like("2031-0[67]-[0-9T:]+Z")})


@edit("group add dev bob")
def _(plain: Plain, _: Plain) -> None:
    plain["groups"]["dev"]["members"][1] = "bob"


@edit("group add dev bob --until 30d")
def _(plain: Plain, _: Plain) -> None:
    plain["groups"]["dev"]["members"][1]["until"] = NOW


sets("group add idle -", "groups idle members", ["eve", "Fay"], stdin="eve\nFay\n")


@edit("group remove dev alice")
def _(plain: Plain, _: Plain) -> None:
    leave(plain, "alice")


@edit("group remove dev bob carol")
def _(plain: Plain, _: Plain) -> None:
    leave(plain, "bob", "carol")


@edit("group remove dev -", stdin="carol\nbob\nalice")
def _(plain: Plain, _: Plain) -> None:
    leave(plain, "alice", "bob", "carol")


sets("group remove ops dan.x", "groups ops members", None)

# --- what users, groups and roles have in common ------------------------------------------------

for noun, full, bare in (("user", "alice", "eve"), ("group", "dev", "idle"),
                         ("role", "deployer", "spare")):  # fmt: skip
    at = f"{noun}s {full}"
    inline = {"user": "I", "group": "G", "role": "I"}[noun]

    def attached(names: list[str], at: str = at) -> Any:
        def want(plain: Plain, _: Plain) -> None:
            section, name = at.split()
            plain[section][name]["policies"] += names

        return want

    def detached(names: list[str], at: str = at) -> Any:
        def want(plain: Plain, _: Plain) -> None:
            section, name = at.split()
            held = plain[section][name]["policies"]
            plain[section][name]["policies"] = [one for one in held if one not in names]

        return want

    edit(f"{noun} attach {full} Spare")(attached(["Spare"]))
    edit(f"{noun} attach {full} Spare Read SecurityAudit")(
        attached(["Spare", "arn:aws:iam::aws:policy/SecurityAudit"])
    )
    sets(f"{noun} attach {bare} Read {AWS_READ_ONLY}", f"{noun}s {bare} policies",
         ["Read", AWS_READ_ONLY])  # fmt: skip
    edit(f"{noun} detach {full} Read")(detached(["Read"]))
    edit(f"{noun} detach {full} Read {'ReadOnlyAccess' if noun != 'role' else 'Write'}")(
        detached(["Read", AWS_READ_ONLY if noun != "role" else "Write"])
    )
    sets(f"{noun} inline put {full} {inline} -", f"{at} inline {inline}", NEW_DOCUMENT,
         stdin=NEW_DOCUMENT)  # fmt: skip
    sets(f"{noun} inline put {full} Z -", f"{at} inline Z", NEW_DOCUMENT, stdin=NEW_DOCUMENT)
    sets(f"{noun} inline put {bare} Z document.yaml", f"{noun}s {bare} inline",
         {"Z": document("sns:*")})  # fmt: skip
    edit(f"{noun} inline delete {full} {inline} --yes")(
        lambda plain, _, at=at, inline=inline: plain[at.split()[0]][at.split()[1]]["inline"].pop(
            inline
        )
    )

sets("user inline delete alice I J --yes", "users alice inline", None)
sets("user detach bob Write", "users bob policies", None)

for noun, full, bare in (("user", "alice", "eve"), ("role", "deployer", "spare")):
    sets(f"{noun} boundary {full} Write", f"{noun}s {full} boundary", "Write")
    sets(f"{noun} boundary {full} --remove", f"{noun}s {full} boundary", None)
    sets(f"{noun} boundary {bare} {AWS_READ_ONLY}", f"{noun}s {bare} boundary", AWS_READ_ONLY)

for noun, full, bare in (("user", "alice", "carol"), ("role", "deployer", "auditor"),
                         ("policy", "Write", "Spare")):  # fmt: skip
    section = {"policy": "policies"}.get(noun, f"{noun}s")
    sets(f"{noun} tag {full} team='x: y@1'", f"{section} {full} tags team", "x: y@1")
    sets(f"{noun} tag {full} new=no", f"{section} {full} tags new", "no")
    sets(f"{noun} tag {bare} 1=2 b=", f"{section} {bare} tags", {"1": "2", "b": ""})
    sets(f"{noun} untag {full} team", f"{section} {full} tags team", None)

sets("user untag alice team cost-centre env nothing", "users alice tags", None)
sets("role untag deployer x", "roles deployer tags x", None)


@edit("user tag alice ENV=test")
def _(plain: Plain, _: Plain) -> None:
    del plain["users"]["alice"]["tags"]["env"]
    plain["users"]["alice"]["tags"]["ENV"] = "test"


# --- roles --------------------------------------------------------------------------------------

sets("role create r1 --allow user/bob", "roles r1",
     fresh("AROA", trust=trust({"AWS": user_arn("bob")})))  # fmt: skip


@edit(
    "role create r1 --allow service/ecs --allow group/idle --allow account/210987654321"
    " --description 'It: ships' --max-session-duration 90m --path /p/ --tag a=b"
    " --policy Read --boundary Write -o json"
)
def _(plain: Plain, _: Plain) -> None:
    who = {"Service": "ecs.amazonaws.com", "AWS": [ROOT, "arn:aws:iam::210987654321:root"]}
    plain["roles"]["r1"] = fresh(
        "AROA", path="/p/", description="It: ships", max_session_duration="90m",
        trust=trust(who), tags={"a": "b"}, policies=["Read"], boundary="Write",
    )  # fmt: skip
    plain["groups"]["idle"]["inline"] = {"AssumeRole-r1": assume(role_arn("r1", "/p/"))}


sets("role create r1 --trust -", "roles r1", fresh("AROA", trust=trust({"AWS": ALICE})),
     stdin=trust({"AWS": ALICE}))  # fmt: skip
sets("role update deployer --description 'Ships: all'", "roles deployer description", "Ships: all")
sets("role update deployer --description ''", "roles deployer description", None)
sets("role update spare --description spare", "roles spare description", "spare")
sets("role update deployer --max-session-duration 4h", "roles deployer max_session_duration", "4h")
sets("role update deployer --max-session-duration 1h", "roles deployer max_session_duration", None)
sets("role update spare --max-session-duration 2h", "roles spare max_session_duration", "2h")
sets("role update deployer --path /d/", "roles deployer path", "/d/")


@edit("role update spare --path /s/")
def _(plain: Plain, _: Plain) -> None:
    plain["roles"]["spare"]["path"] = "/s/"
    follow(plain, role_arn("spare"), role_arn("spare", "/s/"))
    moved = assume(role_arn("spare", "/s/"))
    plain["groups"]["ops"]["inline"]["AssumeRole-spare"] = moved


@edit("role delete spare --yes")
def _(plain: Plain, after: Plain) -> None:
    unique_id = after["roles"]["last"]["trust"]["Statement"][0]["Principal"]["AWS"]
    assert unique_id == minted("AROA")
    del plain["roles"]["spare"]
    follow(plain, role_arn("spare"), unique_id)


@edit("role delete spare deployer --cascade --yes")
def _(plain: Plain, _: Plain) -> None:
    del plain["roles"]["spare"], plain["roles"]["deployer"]
    del plain["groups"]["ops"]["inline"]
    forget(plain, role_arn("spare"), "")


sets("role revoke-sessions deployer --yes", "roles deployer inline AWSRevokeOlderSessions",
     revoked())  # fmt: skip
sets("role revoke-sessions auditor --yes", "roles auditor inline AWSRevokeOlderSessions", revoked())
sets("role trust deployer -", "roles deployer trust", trust({"Service": "ec2.amazonaws.com"}),
     stdin=trust({"Service": "ec2.amazonaws.com"}))  # fmt: skip
sets("role trust auditor trust.yaml", "roles auditor trust", trust({"AWS": [ROOT]}))


@edit("role trust spare -", stdin=trust({"AWS": ROOT}, {"AWS": [ALICE]}, {"AWS": "*"}))
def _(plain: Plain, _: Plain) -> None:
    plain["roles"]["spare"]["trust"] = trust({"AWS": ROOT}, {"AWS": [ALICE]}, {"AWS": "*"})


@edit("role allow deployer user/bob role/last service/lambda")
def _(plain: Plain, _: Plain) -> None:
    named = plain["roles"]["deployer"]["trust"]["Statement"][0]["Principal"]
    named["AWS"] += [user_arn("bob"), role_arn("last")]
    named["Service"] = "lambda.amazonaws.com"


@edit("role allow auditor user/bob group/dev")
def _(plain: Plain, _: Plain) -> None:
    plain["roles"]["auditor"]["trust"]["Statement"]["Principal"] = {
        "AWS": [ALICE, user_arn("bob"), ROOT]
    }
    granted = assume(role_arn("auditor", "/a/"))
    plain["groups"]["dev"]["inline"]["AssumeRole-auditor"] = granted


@edit("role disallow deployer user/alice service/ecs")
def _(plain: Plain, _: Plain) -> None:
    for statement in plain["roles"]["deployer"]["trust"]["Statement"]:
        for kind, gone in (("AWS", ALICE), ("Service", "ecs.amazonaws.com")):
            if kind in statement["Principal"]:
                statement["Principal"][kind].remove(gone)


@edit("role disallow spare user/alice group/ops")
def _(plain: Plain, _: Plain) -> None:
    del plain["roles"]["spare"]["trust"]["Statement"][1]
    del plain["groups"]["ops"]["inline"]


@edit("role disallow last role/spare")
def _(plain: Plain, _: Plain) -> None:
    del plain["roles"]["last"]["trust"]["Statement"][0]["Principal"]["AWS"]


@edit("role disallow last github/acme/a@main")
def _(plain: Plain, _: Plain) -> None:
    condition = plain["roles"]["last"]["trust"]["Statement"][2]["Condition"]
    condition["StringEquals"][f"{GITHUB}:sub"] = ["repo:acme/b:environment:x"]


@edit("role disallow last github/acme/b:x github/acme/a@main")
def _(plain: Plain, _: Plain) -> None:
    del plain["roles"]["last"]["trust"]["Statement"][2]


@edit("role allow last github/acme/c@feature/x github/acme/d --any-ref")
def _(plain: Plain, _: Plain) -> None:
    statements = plain["roles"]["last"]["trust"]["Statement"]
    subjects = statements[2]["Condition"]["StringEquals"][f"{GITHUB}:sub"]
    subjects.append("repo:acme/c:ref:refs/heads/feature/x")
    statements.append(by_github("StringLike", "repo:acme/d:*"))


@edit("role allow deployer provider/corp pool/web:guest")
def _(plain: Plain, _: Plain) -> None:
    cognito = "cognito-identity.amazonaws.com"
    pool = plain["identity_pools"]["web"]["id"]
    plain["roles"]["deployer"]["trust"]["Statement"] += [
        {"Effect": "Allow",
         "Principal": {"Federated": f"arn:aws:iam::{ROOT.split(':')[4]}:saml-provider/corp"},
         "Action": "sts:AssumeRoleWithSAML",
         "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}},
        {"Effect": "Allow", "Principal": {"Federated": cognito},
         "Action": "sts:AssumeRoleWithWebIdentity",
         "Condition": {"StringEquals": {f"{cognito}:aud": pool},
                       "ForAnyValue:StringLike": {f"{cognito}:amr": "unauthenticated"}}},
    ]  # fmt: skip


JOBS = {"Version": "2012-10-17", "Statement": [by_github("StringLike", "repo:acme/d:*")]}
sets("role create r2 --allow github/acme/d --any-ref", "roles r2", fresh("AROA", trust=JOBS))


# --- identity pools -----------------------------------------------------------------------------

sets("pool create zed -o json", "identity_pools zed", {"id": pool_id("us-east-1"), "created": NOW})
sets(
    "pool create 0042 --provider google --provider okta --authenticated-role auditor"
    " --guest-role last --region eu-west-1 --tag 'k k=x: y' --allow-classic-flow",
    "identity_pools 0042",
    {"id": pool_id("eu-west-1"), "created": NOW, "providers": ["google", "okta"],
     "authenticated_role": "auditor", "guest_role": "last", "classic_flow": "allow",
     "tags": {"k k": "x: y"}},
)  # fmt: skip
sets(
    "pool set-roles bare --authenticated-role last",
    "identity_pools bare authenticated_role",
    "last",
)
sets("pool set-roles web --guest-role auditor", "identity_pools web guest_role", "auditor")
sets("pool set-roles web --no-guests", "identity_pools web guest_role", None)
sets("pool update bare --allow-classic-flow", "identity_pools bare classic_flow", "allow")
sets("pool update web --no-allow-classic-flow", "identity_pools web classic_flow", None)
sets("pool add-provider bare okta", "identity_pools bare providers", ["google", "okta"])


@edit("pool remove-provider web okta")
def _(plain: Plain, _: Plain) -> None:
    plain["identity_pools"]["web"]["providers"] = ["google"]
    del plain["identity_pools"]["web"]["role_mappings"]["okta"]


sets("pool remove-provider bare google", "identity_pools bare providers", None)


def rule(match: str, value: str, role: str = "last") -> Plain:
    return {"claim": "dept", "match": match, "value": value, "role": role}


@edit("pool map web google --claim dept --equals ops --role last")
def _(plain: Plain, _: Plain) -> None:
    mapping = plain["identity_pools"]["web"]["role_mappings"]["google"]
    mapping["rules"].append(rule("Equals", "ops"))


@edit("pool map web google --claim dept --contains 'a: b' --role auditor"
      " --ambiguous authenticated-role")  # fmt: skip
def _(plain: Plain, _: Plain) -> None:
    mapping = plain["identity_pools"]["web"]["role_mappings"]["google"]
    mapping["rules"].append(rule("Contains", "a: b", "auditor"))
    del mapping["ambiguous"]


sets(
    "pool map web okta --claim dept --starts-with no --role last --ambiguous deny",
    "identity_pools web role_mappings okta",
    {"type": "rules", "rules": [rule("StartsWith", "no")], "ambiguous": "deny"},
)
sets(
    "pool map bare google --claim dept --not-equal eng --role last",
    "identity_pools bare role_mappings google",
    {"type": "rules", "rules": [rule("NotEqual", "eng")]},
)
sets(
    "pool map web google --from-token",
    "identity_pools web role_mappings google",
    {"type": "token", "ambiguous": "deny"},
)
sets("pool unmap web okta", "identity_pools web role_mappings okta", None)


@edit("pool unmap web google --rule 1")
def _(plain: Plain, _: Plain) -> None:
    del plain["identity_pools"]["web"]["role_mappings"]["google"]["rules"][0]


@edit("pool unmap web google --rule 2")
def _(plain: Plain, _: Plain) -> None:
    del plain["identity_pools"]["web"]["role_mappings"]["google"]["rules"][1]


sets("pool tag web Team=z team=y", "identity_pools web tags", {"team": "y", "a": "b", "Team": "z"})
sets("pool untag web a nothing", "identity_pools web tags a", None)
sets("pool delete bare --yes", "identity_pools bare", None)


sets("pool delete web --yes", "identity_pools web", None)


# --- identity providers -------------------------------------------------------------------------

OTHER_METADATA = f"{saml_identities.metadata(entity='https://other.example.com')}\n"
JWKS = {"keys": [{**RSA_KEY, "kid": "new: 1", "x5t": "x"}, {**EC_KEY, "kid": "0042"}]}

sets("provider create zed --url https://zed.example.com", "identity_providers zed",
     {"url": "https://zed.example.com", "created": NOW})  # fmt: skip
sets(
    "provider create 0042 --url https://0042.example.com/a --client-id 'a: b' --client-id no"
    " --jwks - --tag a=b -o json",
    "identity_providers 0042",
    {"url": "https://0042.example.com/a", "client_ids": ["a: b", "no"], "created": NOW,
     "jwks": {"new: 1": RSA_KEY, "0042": EC_KEY}, "tags": {"a": "b"}},
    stdin=JWKS,
)  # fmt: skip
sets("provider create saml --metadata -", "identity_providers saml",
     {"saml_metadata": OTHER_METADATA, "created": NOW}, stdin=OTHER_METADATA)  # fmt: skip
sets("provider add-client-id google web '0: no'", "identity_providers google client_ids",
     ["web", "0: no"])  # fmt: skip
sets("provider remove-client-id okta web", "identity_providers okta client_ids", ["cli"])
sets("provider remove-client-id google web", "identity_providers google client_ids", None)
sets("provider refresh google --jwks - --yes", "identity_providers google jwks",
     {"new: 1": RSA_KEY, "0042": EC_KEY}, stdin=JWKS)  # fmt: skip


@edit("provider refresh okta --jwks - --yes", stdin=JWKS)
def _(plain: Plain, _: Plain) -> None:
    del plain["identity_providers"]["okta"]["jwks"]["k1"]
    plain["identity_providers"]["okta"]["jwks"]["new: 1"] = RSA_KEY


sets("provider update-metadata corp --metadata - --yes",
     "identity_providers corp saml_metadata", OTHER_METADATA, stdin=OTHER_METADATA)  # fmt: skip
sets("provider tag okta Team=z team=y", "identity_providers okta tags",
     {"team": "y", "a": "b", "Team": "z"})  # fmt: skip
sets("provider untag okta a nothing", "identity_providers okta tags a", None)


@edit("provider rename okta '0042'", renamed=("identity_providers", "okta", "0042"))
def _(plain: Plain, _: Plain) -> None:
    plain["identity_providers"]["0042"] = plain["identity_providers"].pop("okta")
    web = plain["identity_pools"]["web"]
    web["providers"][1] = "0042"
    web["role_mappings"]["0042"] = web["role_mappings"].pop("okta")


sets("provider delete corp --yes", "identity_providers corp", None)


@edit("provider delete okta --cascade --yes")
def _(plain: Plain, _: Plain) -> None:
    del plain["identity_providers"]["okta"]
    web = plain["identity_pools"]["web"]
    web["providers"] = ["google"]
    del web["role_mappings"]["okta"]


# --- policies -----------------------------------------------------------------------------------

sets("policy create P -", "policies P", fresh("ANPA", document=NEW_DOCUMENT), stdin=NEW_DOCUMENT)
sets(
    "policy create P document.yaml --path /p/ --description 'Has: it' --tag a=b --tag b=no",
    "policies P",
    fresh("ANPA", path="/p/", description="Has: it", tags={"a": "b", "b": "no"},
          document=document("sns:*")),
)  # fmt: skip
sets("policy update Write document.yaml", "policies Write document", document("sns:*"))


@edit("policy update Read -", stdin=document("s3:GetObject", "s3:PutObject", "s3:ListBucket"))
def _(plain: Plain, _: Plain) -> None:
    actions = ("s3:GetObject", "s3:PutObject", "s3:ListBucket")
    plain["policies"]["Read"]["document"] = document(*actions)


@edit("policy update Spare -", stdin=document("s3:*", resource="arn:aws:s3:::a"))
def _(plain: Plain, _: Plain) -> None:
    plain["policies"]["Spare"]["document"] = document("s3:*", resource="arn:aws:s3:::a")


sets("policy delete Spare --yes", "policies Spare", None)


@edit("policy delete Read --cascade --yes")
def _(plain: Plain, _: Plain) -> None:
    del plain["policies"]["Read"]
    for section in ("users", "groups", "roles"):
        for entity in plain[section].values():
            if entity.get("boundary") == "Read":
                del entity["boundary"]
            entity["policies"] = [one for one in entity.get("policies", []) if one != "Read"]


# --- access keys --------------------------------------------------------------------------------


def made(plain: Plain, after: Plain, name: str, **fields: Any) -> None:
    """The user has one key more, whose id is new."""
    keys = plain["users"][name].setdefault("keys", {})
    (key_id,) = after["users"][name]["keys"].keys() - keys.keys()
    assert key_id == Like("AKIA[A-Z2-7]{16}")
    keys[key_id] = {"created": NOW, "fingerprint": FINGERPRINT, **fields}


@edit("key create alice")
def _(plain: Plain, after: Plain) -> None:
    made(plain, after, "alice")


@edit("key create carol --quiet")
def _(plain: Plain, after: Plain) -> None:
    plain["users"]["carol"]["id"] = minted("AIDA")
    made(plain, after, "carol")


sets(f"key activate {KEYS['danold']}", f"users dan.x keys {KEYS['danold']} status", None)
sets(f"key deactivate {KEYS['dan']}", f"users dan.x keys {KEYS['dan']} status", "inactive")
sets(f"key delete {KEYS['dan']} --yes", f"users dan.x keys {KEYS['dan']}", None)
sets(f"key delete {KEYS['danold']} {KEYS['dan']} --yes", "users dan.x keys", None)
sets("key import alice", f"users alice keys {IMPORTED}", {"created": NOW},
     stdin=f"{IMPORTED} {SECRET}")  # fmt: skip
sets("key import eve --fingerprint", f"users eve keys {IMPORTED}",
     {"created": NOW, "fingerprint": FINGERPRINT}, stdin=f"{IMPORTED} {SECRET}")  # fmt: skip


@edit("key rotate alice --show-secret")
def _(plain: Plain, after: Plain) -> None:
    plain["users"]["alice"]["keys"][KEYS["alice"]]["status"] = "inactive"
    made(plain, after, "alice")


@edit(f"key rotate {KEYS['alice']} --keep-old")
def _(plain: Plain, after: Plain) -> None:
    made(plain, after, "alice")


# --- MFA devices ----------------------------------------------------------------------------------

sets("mfa create key -o json", "mfa key", {"created": NOW})
sets("mfa create key --path /a/ --tag team=x --tag Team=no --show-secret", "mfa key",
     {"path": "/a/", "created": NOW, "tags": {"team": "x", "Team": "no"}})  # fmt: skip
sets(
    "mfa create yes --user alice --show-secret",
    "mfa yes",
    {"created": NOW, "user": "alice", "enabled": NOW},
)


@edit("mfa enable drawer --user dan.x")
def _(plain: Plain, _: Plain) -> None:
    plain["mfa"]["drawer"] |= {"user": "dan.x", "enabled": NOW}


@edit("mfa enable arn:aws:iam::123456789012:mfa/no --user carol")
def _(plain: Plain, _: Plain) -> None:
    plain["mfa"]["no"] |= {"user": "carol", "enabled": NOW}


@edit("mfa deactivate phone tablet --yes")
def _(plain: Plain, _: Plain) -> None:
    for name in ("phone", "tablet"):
        del plain["mfa"][name]["user"], plain["mfa"][name]["enabled"]


sets("mfa delete drawer --yes", "mfa drawer", None)


@edit("mfa delete no phone drawer tablet --cascade --yes")
def _(plain: Plain, _: Plain) -> None:
    del plain["mfa"]


sets("mfa tag phone Team=yes", "mfa phone tags Team", "yes")
sets("mfa tag drawer team=x", "mfa drawer tags", {"team": "x"})
sets("mfa untag phone Team nothing", "mfa phone tags Team", None)
sets("mfa untag no a", "mfa no tags", None)

# --- the account, and whole files ---------------------------------------------------------------

sets("account alias new-alias", "account alias", "new-alias")
sets("account alias --remove", "account alias", None)
sets("account quota roles 3000", "account quotas roles", "3000")
sets("account quota users 9000", "account quotas users", "9000")
sets("account quota roles --unset", "account quotas", None)


@edit("validate --fix")
def _(plain: Plain, _: Plain) -> None:
    prefixes = {"users": "AIDA", "groups": "AGPA", "roles": "AROA", "policies": "ANPA"}
    for section, prefix in prefixes.items():
        for entity in plain[section].values():
            entity.setdefault("id", minted(prefix))
            entity.setdefault("created", NOW)


sets("init --new-identity", "directory", Like("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"))
