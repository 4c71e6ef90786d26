"""What may stand in mfa, identity_providers and identity_pools, each fault with its place."""

from base64 import urlsafe_b64encode

import pytest
import yaml
from jsonschema import Draft202012Validator

from iamctl.domain.change import Change
from iamctl.domain.errors import InvalidValue, LimitExceeded, MalformedPolicyDocument
from iamctl.domain.pools import MappingRule, RoleMapping
from iamctl.domain.quotas import QUOTAS
from iamctl.services.documents import check_supplied
from iamctl.services.validate import findings, fix
from iamctl.store.reader import load_checked, load_directory, read_directory
from iamctl.store.repository import YamlRepository
from iamctl.store.schema import directory_schema

N2048 = urlsafe_b64encode(b"\xc5" + b"\x5a" * 254 + b"\x01").decode().rstrip("=")
N1024 = urlsafe_b64encode(b"\xc5" + b"\x5a" * 127).decode().rstrip("=")
X256 = urlsafe_b64encode(b"\x5a" * 32).decode().rstrip("=")
X384 = urlsafe_b64encode(b"\x5a" * 48).decode().rstrip("=")
RSA = f"kty: RSA, n: {N2048}, e: AQAB"
EC = f"kty: EC, crv: P-256, x: {X256}, y: {X256}"
METADATA = "<EntityDescriptor>" + "x" * 1000 + "</EntityDescriptor>"

HEAD = """\
iamctl: 1
account: {id: "123456789012"}
users:
  alice: {id: AIDAAAAAAAAAAAAAAAAAA, created: 2026-01-01T00:00:00Z}
roles:
  app-user:
    id: AROAAAAAAAAAAAAAAAAAA
    created: 2026-01-01T00:00:00Z
    trust:
      Version: "2012-10-17"
      Statement: {Effect: Allow, Principal: {Service: x.amazonaws.com}, Action: "sts:AssumeRole"}
"""
SOUND = (
    HEAD
    + f"""\
mfa:
  alice-phone:
    path: /eng/
    created: 2026-11-25T09:00:00Z
    user: alice
    enabled: 2026-11-25T09:05:00Z
    tags: {{team: payments}}
  spare:
identity_providers:
  google:
    url: https://accounts.google.com/Path
    client_ids: [sts.amazonaws.com, 0042]
    jwks:
      one: {{{RSA}, alg: RS256, use: sig}}
      "two # 2": {{{EC}, alg: ES256}}
    created: 2026-11-25T09:00:00Z
    tags: {{team: payments}}
  corp:
    saml_metadata: |
      {METADATA}
identity_pools:
  web-app:
    id: eu-west-1:5b1d3c9a-7e48-40bd-91c2-f3e8a4570612
    created: 2026-11-25T09:00:00Z
    providers: [google]
    authenticated_role: app-user
    guest_role: app-user
    role_mappings:
      google:
        type: rules
        ambiguous: deny
        rules:
          - {{claim: department, match: Equals, value: no, role: app-user}}
    tags: {{}}
"""
)


def test_sound_sections_are_read():
    made = load_checked(SOUND.encode(), "d.yaml")
    phone, spare = made.mfa["alice-phone"], made.device("spare")
    assert (phone.user, phone.path, phone.enabled - phone.created) == ("alice", "/eng/", 300)
    assert (spare.user, spare.enabled, spare.tags) == (None, None, {})
    assert made.devices_of("alice") == (phone,)
    assert made.devices_of("bob") == ()
    google, corp = made.identity_provider("google"), made.identity_providers["corp"]
    assert (google.is_saml, google.host) == (False, "accounts.google.com/Path")
    assert google.client_ids == ("sts.amazonaws.com", "0042")
    assert google.jwks["one"]["n"] == N2048
    assert google.jwks["two # 2"]["crv"] == "P-256"
    assert (corp.is_saml, corp.host, corp.saml_metadata) == (True, "", METADATA + "\n")
    pool = made.identity_pool("web-app")
    assert pool.region == "eu-west-1"
    assert pool.role_mappings == {
        "google": RoleMapping(
            "rules", "deny", (MappingRule("department", "Equals", "no", "app-user"),)
        )
    }
    assert pool.source.line == 33


def test_what_bears_an_arn_is_found_by_it():
    made = load_checked(SOUND.encode(), "d.yaml")
    iam = "arn:aws:iam::123456789012:"
    arns = {
        f"{iam}mfa/eng/alice-phone": made.mfa["alice-phone"],
        f"{iam}mfa/spare": made.mfa["spare"],
        f"{iam}oidc-provider/accounts.google.com/Path": made.identity_providers["google"],
        f"{iam}saml-provider/corp": made.identity_providers["corp"],
        "arn:aws:cognito-identity:eu-west-1:123456789012:identitypool/"
        "eu-west-1:5b1d3c9a-7e48-40bd-91c2-f3e8a4570612": made.identity_pools["web-app"],
    }
    for arn, entity in arns.items():
        assert made.by_arn(arn) is entity
        assert made.arn(entity) == arn
        assert made.by_arn(arn.replace("123456789012", "210987654321")) is None
    for arn in ("mfa/alice-phone", "mfa/x/spare", "oidc-provider/accounts.google.com/path",
                "oidc-provider/corp", "saml-provider/google", "saml-provider/a/corp"):  # fmt: skip
        assert made.by_arn(iam + arn) is None


def test_providers_and_pools_are_found_by_what_is_theirs_alone():
    made = load_checked(SOUND.encode(), "d.yaml")
    url = "https://accounts.google.com/Path"
    assert made.provider_by_url(url) is made.identity_providers["google"]
    assert made.provider_by_url(url.lower()) is None
    pool = made.identity_pools["web-app"]
    assert made.pool_by_id(pool.id) is pool
    assert made.pool_by_id("eu-west-1:") is None


def found(text):
    read = read_directory((HEAD + text).encode(), "d.yaml")
    return [p for p in findings(read.directory, read.problems) if p.code != "no-id"]


POOL = "id: eu-west-1:5b1d3c9a-7e48-40bd-91c2-f3e8a4570612"
OIDC = "identity_providers: {g: {url: 'https://g.example'}}\n"


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("mfa: {a b: }", "invalid-name", "an MFA device name"),
        ("mfa: {a: {path: eng}}", "invalid-value", "a path"),
        ("mfa: {a: {seed: x}}", "unknown-key", 'unknown key "seed" in MFA device "a"'),
        ("mfa: {a: {user: alice}}", "half-enabled", "has user but no enabled"),
        ("mfa: {a: {enabled: 2026-01-01}}", "half-enabled", "has enabled but no user"),
        ("mfa: {a: {user: alcie, enabled: 2026-01-01}}", "unknown-user", '"alcie" does not exist'),
        ("mfa: {a: {created: soon}}", "invalid-time", "soon"),
        ("mfa: {a: , A: }", "duplicate-name", "differ in case"),
        ("mfa: {a: {path: /" + "x" * 225 + "/}}", "invalid-value", "257 characters"),
        ("identity_providers: {g: }", "provider-kind", "neither url nor"),
        (f"identity_providers: {{g: {{url: 'https://g.example', saml_metadata: {METADATA}}}}}",
         "provider-kind", "both url and"),
        (f"identity_providers: {{g: {{saml_metadata: {METADATA}, client_ids: [x]}}}}",
         "provider-kind", "client_ids is for OIDC"),
        ("identity_providers: {g: {saml_metadata: <x/>}}", "invalid-value", "at least 1000"),
        ("identity_providers: {g+h: {url: 'https://g.example'}}", "invalid-name", "provider name"),
        *((f"identity_providers: {{g: {{url: '{url}'}}}}", "invalid-value", "an issuer URL")
          for url in ("http://g.example", "https://g.example:8443", "https://g.example/?a=b",
                      "https://g.example/#a", "https://me@g.example", "https://",
                      "HTTPS://g.example", "https://g.example/" + "x" * 255)),
        ("identity_providers: {a: {url: 'https://g.example'}, b: {url: 'https://g.example'}}",
         "duplicate-url", '"a" has the same url'),
        ("identity_providers: {g: {url: 'https://g.example', client_ids: ['']}}",
         "invalid-value", "a client id"),
        ("identity_providers: {g: {url: 'https://g.example', client_ids: [x, y, x]}}",
         "duplicate-item", 'client id "x" is listed twice'),
        ("identity_pools: {p: {id: 5b1d3c9a}}", "invalid-value", "an identity pool id"),
        (f"identity_pools: {{p: {{{POOL}}}, q: {{{POOL}}}}}", "duplicate-id", '"p"'),
        (f"identity_pools: {{p: {{{POOL}, providers: [g]}}}}", "unknown-provider",
         'identity provider "g" does not exist'),
        (OIDC + f"identity_pools: {{p: {{{POOL}, providers: [g, g]}}}}", "duplicate-item", '"g"'),
        (f"identity_providers: {{g: {{saml_metadata: {METADATA}}}}}\n"
         f"identity_pools: {{p: {{{POOL}, providers: [g]}}}}", "provider-kind", "speaks SAML"),
        (f"identity_pools: {{p: {{{POOL}, guest_role: app-usr}}}}", "unknown-role", '"app-usr"'),
        (f"identity_pools: {{p: {{{POOL}, authenticated_role: x}}}}", "unknown-role", '"x"'),
        (OIDC + f"identity_pools: {{p: {{{POOL}, role_mappings: {{g: {{type: token}}}}}}}}",
         "unknown-provider", 'provider "g" is none of identity pool "p"'),
        (OIDC + f"identity_pools: {{p: {{{POOL}, providers: [g], "
         "role_mappings: {g: {type: rules}}}}", "role-mapping", "has no rules"),
        (OIDC + f"identity_pools: {{p: {{{POOL}, providers: [g], "
         "role_mappings: {g: {type: token, rules: []}}}}", "role-mapping", "is by token"),
        (OIDC + f"identity_pools: {{p: {{{POOL}, providers: [g], role_mappings: {{g: "
         "{type: rules, rules: [{claim: a, match: Is, value: b, role: app-user}]}}}}",
         "invalid-value", '"match" must be Equals'),
        (OIDC + f"identity_pools: {{p: {{{POOL}, providers: [g], role_mappings: {{g: "
         "{type: rules, rules: [{claim: a, match: Equals, value: b, role: nobody}]}}}}",
         "unknown-role", '"nobody"'),
    ],
)  # fmt: skip
def test_each_fault_is_told_where_it_stands(text, code, words):
    told = found(text)
    assert [(p.severity, p.code) for p in told] == [("error", code)]
    assert words in told[0].message
    assert told[0].source.line > HEAD.count("\n")


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        (RSA, None, ""),
        (EC, None, ""),
        (f"kty: EC, crv: P-384, x: {X384}, y: {X384}, alg: ES384", None, ""),
        (f"{RSA}, d: {N2048}", "private-key", '"d" is a private key'),
        (f"{EC}, d: {X256}", "private-key", "does not belong"),
        (f"{RSA}, alg: HS256", "invalid-value", '"alg" must be'),
        (f"{RSA}, alg: none", "invalid-value", '"alg" must be'),
        (f"{RSA}, alg: ES256", "invalid-key", "cannot be used for ES256"),
        (f"{EC}, alg: ES384", "invalid-key", "cannot be used for ES384"),
        (f"{EC}, alg: RS256", "invalid-key", "cannot be used for RS256"),
        (f"kty: RSA, n: {N1024}, e: AQAB", "weak-key", "has 1024 bits"),
        (f"kty: RSA, n: {N2048}, e: AQ", "invalid-key", "exponent"),
        (f"kty: RSA, n: {N2048}", "invalid-key", "lacks e"),
        (f"{RSA}, x: {X256}", "invalid-key", "must not have x"),
        (f"kty: EC, crv: P-384, x: {X256}, y: {X384}", "invalid-key", "has 32 bytes"),
        (f"kty: EC, crv: P-224, x: {X256}, y: {X256}", "invalid-value", '"crv" must be'),
        (f"kty: RSA, n: {N2048}=, e: AQAB", "invalid-value", "a modulus"),
        (f"{RSA}, use: enc", "invalid-value", '"use" must be sig'),
    ],
)
def test_signing_keys_are_public_and_fit_for_it(members, code, words):
    told = found(
        f"identity_providers: {{g: {{url: 'https://g.example', jwks: {{k: {{{members}}}}}}}}}"
    )
    assert [p.code for p in told] == ([code] if code else [])
    assert all(words in p.message for p in told)


def test_a_shared_secret_is_no_public_key_and_is_not_repeated():
    secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ"
    told = found(
        "identity_providers: {g: {url: 'https://g.example', "
        f"jwks: {{k: {{kty: oct, k: {secret}}}}}}}}}"
    )
    assert [p.code for p in told] == ["invalid-value", "private-key"]
    assert not any(secret in str(p) for p in told)


def test_quotas_of_the_sections_warn():
    devices = "".join(f"  d{n}: {{user: alice, enabled: 2026-01-01}}\n" for n in range(9))
    providers = "".join(f"  p{n}: {{url: 'https://g.example/{n}'}}\n" for n in range(101))
    clients = ", ".join(map(str, range(101)))
    told = found(
        f"mfa:\n{devices}identity_providers:\n{providers}"
        f"  many: {{url: 'https://h.example', client_ids: [{clients}]}}\n"
    )
    assert {(p.excess.quota, p.excess.amount) for p in told} == {
        ("mfa_devices_per_user", 9),
        ("oidc_providers", 102),
        ("client_ids_per_provider", 101),
    }
    assert all(p.severity == "warning" for p in told)
    assert QUOTAS["oidc_providers"].maximum == 700


def test_the_schema_admits_what_is_sound_and_no_private_key():
    validator = Draft202012Validator(directory_schema())
    plain = yaml.safe_load(SOUND.replace("2026-11-25T09:00:00Z", '"2026-11-25T09:00:00Z"')
                           .replace("2026-11-25T09:05:00Z", '"2026-11-25T09:05:00Z"')
                           .replace("2026-01-01T00:00:00Z", '"2026-01-01T00:00:00Z"'))  # fmt: skip
    assert list(validator.iter_errors(plain)) == []
    plain["identity_providers"]["google"]["jwks"]["one"]["d"] = N2048
    assert len(list(validator.iter_errors(plain))) == 1


def test_the_sections_modules_are_loaded_for_those_who_have_them(tmp_path):
    import subprocess
    import sys

    script = (
        "import sys; from iamctl.store.reader import load_checked; "
        "load_checked(sys.stdin.buffer.read(), 'd').users; "
        "print([m for m in sys.modules if m.startswith('iamctl.domain.') and "
        "m.split('.')[2].split('_')[0] in ('devices', 'providers', 'pools')])"
    )
    for text, loaded in ((HEAD, False), (SOUND, True)):
        ran = subprocess.run([sys.executable, "-c", script], input=text.encode(),
                             capture_output=True, check=True)  # fmt: skip
        assert (ran.stdout.strip() != b"[]") is loaded


# --- edits --------------------------------------------------------------------------------------

POOL_AT = ("identity_pools", "web-app")


@pytest.fixture
def apply(tmp_path):
    """Applies changes to a file of the sound sections; what it holds then."""
    path = tmp_path / "directory.yaml"
    path.write_text(SOUND)

    def run(*changes):
        YamlRepository(str(path)).apply(lambda _: changes)
        return load_checked(path.read_bytes(), "d.yaml")

    return run


def test_edits_inside_the_sections_leave_the_rest(apply, tmp_path):
    apply(Change((*POOL_AT, "guest_role"), "app-user", None))
    assert (tmp_path / "directory.yaml").read_text() == SOUND.replace(
        "    guest_role: app-user\n", ""
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change((*POOL_AT, "guest_role"), "app-user", "nobody"), 'role "nobody" does not exist'),
        (Change((*POOL_AT, "providers", "corp"), None, "corp"), "speaks SAML"),
        (Change(("roles", "app-user"), None, None), 'role "app-user" does not exist'),
        (Change(("users", "alice"), None, None), 'user "alice" does not exist'),
        (Change(("identity_providers", "google"), None, None), '"google" does not exist'),
        (Change(("mfa", "spare"), None, {"user": "alice"}), "has user but no enabled"),
        (Change(("identity_providers", "x"), None, {"url": "https://accounts.google.com/Path"}),
         "the same url"),
    ],
)  # fmt: skip
def test_an_edit_that_breaks_the_sections_is_refused(apply, tmp_path, change, words):
    before = load_directory(SOUND.encode(), "d.yaml")
    with pytest.raises(InvalidValue, match=words):
        apply(change._replace(old=before.value_at(change.at)))
    assert (tmp_path / "directory.yaml").read_text() == SOUND


def test_a_ninth_device_of_a_user_is_too_many(apply):
    device = {"user": "alice", "enabled": "2026-01-01T00:00:00Z"}
    for n in range(7):
        made = apply(Change(("mfa", f"d{n}"), None, device))
    assert len(made.devices_of("alice")) == 8
    with pytest.raises(LimitExceeded, match="MFADevicesPerUser: 8"):
        apply(Change(("mfa", "d8"), None, device))


def test_fixing_mints_ids_of_pools_in_the_region_of_the_others():
    made = load_directory((SOUND + "  other: {}\n").encode(), "d.yaml")
    (change,) = fix(made, 0, lambda n: b"x" * n)
    assert change.at == ("identity_pools", "other", "id")
    assert change.new.startswith("eu-west-1:")
    lone = load_directory((HEAD + "identity_pools: {p: }\n").encode(), "d.yaml")
    (change,) = fix(lone, 0, lambda n: b"x" * n)
    assert change.new.startswith("us-east-1:")
    assert [p.code for p in findings(lone, ())] == ["no-id"]


# --- identity providers as principals -----------------------------------------------------------


def trusting(provider):
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Federated": provider},
             "Action": "sts:AssumeRoleWithWebIdentity"}
        ],
    }  # fmt: skip


OWN = "arn:aws:iam::123456789012:oidc-provider/accounts.google.com"
OTHERS = ["cognito-identity.amazonaws.com", "accounts.google.com",
          "arn:aws:iam::210987654321:oidc-provider/g.example", f"{OWN}/Path"]  # fmt: skip


def test_a_provider_that_is_not_here_is_refused_in_what_is_handed_in():
    made = load_directory(SOUND.encode(), "d.yaml")
    for provider in OTHERS:
        check_supplied(made, trusting(provider), "trust")
    with pytest.raises(MalformedPolicyDocument) as caught:
        check_supplied(made, trusting([f"{OWN}/Path", OWN]), "trust")
    assert caught.value.message == f'Invalid principal in policy: "Federated":"{OWN}"'


def test_a_provider_that_is_not_here_is_warned_of_in_a_file():
    def told(provider):
        statement = (
            '{Version: "2012-10-17", Statement: {Effect: Allow, '
            f"Principal: {{Federated: '{provider}'}}, Action: 'sts:AssumeRoleWithWebIdentity'}}}}"
        )
        role = f"  web: {{id: AROAAAAAAAAAAAAAAAAAB, created: 2026-01-01, trust: {statement}}}\n"
        text = SOUND.replace("mfa:\n", f"{role}mfa:\n", 1)
        return findings(load_directory(text.encode(), "d.yaml"), ())

    assert [told(provider) for provider in OTHERS] == [()] * len(OTHERS)
    (warning,) = told(OWN)
    assert (warning.severity, warning.code) == ("warning", "unknown-principal")
    assert warning.at == ("roles", "web", "trust", "Statement", "Principal", "Federated")
