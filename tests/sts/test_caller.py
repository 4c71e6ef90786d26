"""Who calls: proof of long-term keys, and the order in which a caller is looked for."""

import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidDirectory, NotAuthenticated, NotFound, Usage
from iamctl.domain.secret import Secret
from iamctl.sts.caller import CallerSources, authenticate_key, fingerprint
from iamctl.sts.resolve import resolve_caller
from iamctl.sts.session import issue_session

IMPORTED = "AKIAIMPORTED00000000"


@pytest.fixture
def world(world):
    world.user("alice", tags={"team": "payments"}, path="/eng/")
    world.user("bob")
    world.role("deployer")
    return world


def key_of(world, name: str) -> tuple[str, str]:
    (key_id,) = world.plain["users"][name]["keys"]
    return key_id, world.secrets[key_id].reveal_text()


def environment(prefix: str, pair: tuple[str, str], token: str = "") -> dict[str, str]:
    said = {f"{prefix}_ACCESS_KEY_ID": pair[0], f"{prefix}_SECRET_ACCESS_KEY": pair[1]}
    return {**said, **({"AWS_SESSION_TOKEN": token} if token else {})}


def session_environment(world, **fields: object) -> dict[str, str]:
    given = issue_session(world.signing_key, world.claims("deployer", **fields))
    return environment(
        "AWS",
        (given.access_key_id, given.secret_access_key.reveal_text()),
        given.session_token.reveal_text(),
    )


def resolve(world, environ=None, **sources: object):
    return resolve_caller(
        world.directory,
        CallerSources(environ or {}, **sources),
        world.secrets.get,
        lambda: (world.signing_key,),
        world.now,
    )


def found(world, environ=None, **sources: object) -> tuple[str, str]:
    caller, _ = resolve(world, environ, **sources)
    return caller.arn.rpartition("/")[2], caller.found


def refusal(world, environ=None, **sources: object) -> NotAuthenticated:
    with pytest.raises(NotAuthenticated) as caught:
        resolve(world, environ, **sources)
    return caught.value


def test_the_fingerprint_is_bound_to_every_part():
    parts = ("uuid", "AIDA", "AKIA", "secret")
    whole = fingerprint(*parts[:3], Secret(parts[3]))
    others = {
        fingerprint("uuidA", "IDA", "AKIA", Secret("secret")),
        fingerprint("uuid", "AIDAA", "KIA", Secret("secret")),
        fingerprint("uuid", "AIDA", "AKIAs", Secret("ecret")),
        fingerprint("x", "AIDA", "AKIA", Secret("secret")),
        fingerprint("uuid", "x", "AKIA", Secret("secret")),
        fingerprint("uuid", "AIDA", "x", Secret("secret")),
        fingerprint("uuid", "AIDA", "AKIA", Secret("x")),
    }
    assert len(others | {whole}) == 8
    assert whole.startswith("sha256:")
    assert len(whole) == 71


def test_the_fingerprint_never_changes_between_versions():
    given = fingerprint("u", "AIDA", "AKIA", Secret("s"))
    import hashlib

    label = b"iamctl access key fingerprint v1"
    parts = (label, b"u", b"AIDA", b"AKIA", b"s")
    hashed = hashlib.sha256(b"".join(len(p).to_bytes(4, "big") + p for p in parts))
    assert given == f"sha256:{hashed.hexdigest()}"


def test_a_generated_key_is_proved_by_its_fingerprint(world):
    key_id, secret = key_of(world, "alice")
    caller = authenticate_key(world.directory, key_id, Secret(secret), None, "--as")
    assert caller.arn == "arn:aws:iam::123456789012:user/eng/alice"
    assert caller.userid == caller.unique_id == world.plain["users"]["alice"]["id"]
    assert (caller.account, caller.tags) == ("123456789012", {"team": "payments"})


@pytest.mark.parametrize("wrong", ["", "x", "y" * 40])
def test_a_wrong_secret_is_refused_even_when_the_vault_holds_it(world, wrong):
    key_id, _ = key_of(world, "alice")
    with pytest.raises(NotAuthenticated) as caught:
        authenticate_key(world.directory, key_id, Secret(wrong), Secret(wrong), "--as")
    assert caught.value.code == "SignatureDoesNotMatch"
    assert wrong == "" or wrong not in (caught.value.hint or "").replace("key", "")


def test_a_fingerprint_copied_to_another_user_proves_nothing(world):
    key_id, secret = key_of(world, "alice")
    key = world.plain["users"]["alice"]["keys"].pop(key_id)
    world.plain["users"]["bob"]["keys"] = {key_id: key}
    with pytest.raises(NotAuthenticated):
        authenticate_key(world.directory, key_id, Secret(secret), None, "--as")


def test_an_imported_key_is_proved_by_the_vault_alone(world):
    world.plain["users"]["alice"]["keys"] = {IMPORTED: {}}
    given = environment("AWS", (IMPORTED, "imported-secret-of-alice"))
    assert "vault" in (refusal(world, given).hint or "")
    world.secrets[IMPORTED] = Secret("another")
    assert refusal(world, given).code == "SignatureDoesNotMatch"
    world.secrets[IMPORTED] = Secret("imported-secret-of-alice")
    assert found(world, given) == ("alice", "AWS_ACCESS_KEY_ID")


def test_a_generated_key_in_the_environment_opens_no_vault(world):
    def closed(_key_id: str) -> Secret:
        raise AssertionError("the vault was opened")

    sources = CallerSources(environment("IAMCTL", key_of(world, "bob")))
    caller, _ = resolve_caller(world.directory, sources, closed, lambda: (), world.now)
    assert caller.user is not None
    assert caller.user.name == "bob"


def test_an_inactive_key_is_refused_after_its_secret_was_proved(world):
    key_id, secret = key_of(world, "alice")
    world.plain["users"]["alice"]["keys"][key_id]["status"] = "inactive"
    error = refusal(world, environment("IAMCTL", (key_id, secret)))
    assert (error.code, "inactive" in (error.hint or "")) == ("InvalidClientTokenId", True)
    error = refusal(world, environment("IAMCTL", (key_id, "wrong")))
    assert error.code == "SignatureDoesNotMatch"


def test_a_user_without_unique_id_cannot_call(world):
    key_id, secret = key_of(world, "alice")
    del world.plain["users"]["alice"]["id"]
    with pytest.raises(InvalidDirectory, match="unique id"):
        resolve(world, environment("IAMCTL", (key_id, secret)))


def test_the_first_source_that_applies_gives_the_caller(world):
    world.user("carol")
    world.user("dave")
    every = {
        **environment("IAMCTL", key_of(world, "bob")),
        **environment("AWS", key_of(world, "carol")),
    }
    only_aws = environment("AWS", key_of(world, "carol"))
    assert found(world, every, as_user="alice", configured_user="dave") == ("alice", "--as")
    assert found(world, every, configured_user="dave") == ("bob", "IAMCTL_ACCESS_KEY_ID")
    assert found(world, only_aws, configured_user="dave") == ("carol", "AWS_ACCESS_KEY_ID")
    assert found(world, {}, configured_user="dave") == ("dave", "default user")


def test_no_caller_names_the_ways(world):
    error = refusal(world)
    for way in ("--as", "IAMCTL_ACCESS_KEY_ID", "config set", world.uuid):
        assert way in (error.hint or "")


@pytest.mark.parametrize("prefix", ["IAMCTL", "AWS"])
def test_half_a_key_is_an_error(world, prefix):
    key_id, secret = key_of(world, "alice")
    assert "missing" in refusal(world, {f"{prefix}_ACCESS_KEY_ID": key_id}).message
    if prefix == "IAMCTL":
        error = refusal(world, {"IAMCTL_SECRET_ACCESS_KEY": secret})
        assert secret not in error.message + (error.hint or "")


def test_empty_variables_count_as_unset(world):
    empty = environment("IAMCTL", ("", "")) | environment("AWS", ("", ""))
    assert found(world, empty | {"AWS_SESSION_TOKEN": ""}, configured_user="bob")[0] == "bob"


def test_a_real_aws_key_is_passed_over(world):
    real = environment("AWS", ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))
    caller, notes = resolve(world, real, configured_user="bob")
    assert (caller.user.name, notes) == ("bob", ())
    caller, notes = resolve(world, real | {"AWS_SESSION_TOKEN": "IQoJb3Jp"}, configured_user="bob")
    assert (caller.user.name, notes) == ("bob", ())


def test_a_key_of_ours_beside_somebodys_session_token_never_becomes_the_default_user(world):
    for token in ("IQoJb3Jp", session_environment(world)["AWS_SESSION_TOKEN"]):
        environ = environment("AWS", key_of(world, "alice"), token)
        error = refusal(world, environ, configured_user="bob")
        assert error.code == "InvalidClientTokenId"
        assert "AWS_SESSION_TOKEN" in str(error.hint)
        own = environment("IAMCTL", key_of(world, "alice"))
        assert found(world, environ | own) == ("alice", "IAMCTL_ACCESS_KEY_ID")


def test_an_unknown_iamctl_key_is_an_error(world):
    error = refusal(world, environment("IAMCTL", ("AKIAUNKNOWN000000000", "x")))
    assert "not in this directory" in (error.hint or "")


def test_a_session_is_the_caller_with_chain_only(world):
    environ = session_environment(world) | environment("IAMCTL", key_of(world, "bob"))
    caller, notes = resolve(world, environ)
    assert caller.user.name == "bob"
    assert len(notes) == 1
    assert "--chain" in notes[0]
    caller, notes = resolve(world, environ, chain=True)
    assert caller.arn.endswith(":assumed-role/deployer/alice")
    assert (caller.found, notes) == ("AWS_SESSION_TOKEN", ())


def test_the_old_name_of_the_token_variable_works(world):
    environ = session_environment(world)
    environ["AWS_SECURITY_TOKEN"] = environ.pop("AWS_SESSION_TOKEN")
    assert found(world, environ, chain=True)[1] == "AWS_SESSION_TOKEN"


def test_chain_without_a_session_of_ours_is_an_error(world):
    assert "no session" in refusal(world, {}, chain=True).message
    keys = environment("AWS", key_of(world, "bob"))
    assert "no session" in refusal(world, keys, chain=True, configured_user="bob").message
    real = environment("AWS", ("ASIAIOSFODNN7EXAMPLE", "x"), "IQoJb3JpZ2luX2VjE")
    assert "not issued by iamctl" in (refusal(world, real, chain=True).hint or "")


def test_chain_and_as_contradict(world):
    with pytest.raises(Usage):
        resolve(world, session_environment(world), chain=True, as_user="alice")


def test_a_session_beside_bytes_that_are_no_text_is_refused(world):
    environ = session_environment(world)
    for name in environ:
        refusal(world, environ | {name: environ[name] + "\udcff"}, chain=True)


def test_as_takes_the_first_active_key_the_vault_holds(world):
    key_id, _ = key_of(world, "alice")
    fine = world.plain["users"]["alice"]["keys"][key_id]
    keys = {"AKIAINACTIVE00000000": {"status": "inactive"}, "AKIAELSEWHERE0000000": {}}
    world.plain["users"]["alice"]["keys"] = {**keys, key_id: fine}
    caller, _ = resolve(world, as_user="alice")
    assert caller.key_id == key_id


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "no access key"),
        ({"AKIAINACTIVE00000000": {"status": "inactive"}}, "no active access key"),
        ({"AKIAELSEWHERE0000000": {}}, "in this machine's vault"),
    ],
)
def test_as_says_why_a_user_cannot_call(world, keys, words):
    world.plain["users"]["alice"]["keys"] = keys
    error = refusal(world, as_user="alice")
    assert words in error.message
    assert error.hint


def test_as_of_an_unknown_user_has_a_near_name(world):
    with pytest.raises(NotFound) as caught:
        resolve(world, as_user="alcie")
    assert caught.value.hint == 'did you mean "alice"?'


def test_a_vault_of_another_machine_that_disagrees_with_the_file_is_refused(world):
    key_id, _ = key_of(world, "alice")
    world.secrets[key_id] = Secret("of an older branch")
    assert refusal(world, as_user="alice").code == "SignatureDoesNotMatch"


def test_callers_show_no_secret(world):
    key_id, secret = key_of(world, "alice")
    caller, _ = resolve(world, as_user="alice")
    assert secret not in repr(caller)
    error = refusal(world, environment("IAMCTL", (key_id, secret + "x")))
    assert secret not in f"{error!r} {error.hint} {error.__context__!r}"


def test_another_directory_does_not_know_the_fingerprint(world):
    key_id, secret = key_of(world, "alice")
    other = Directory({**world.plain, "directory": "00000000-0000-4000-8000-000000000000"})
    with pytest.raises(NotAuthenticated):
        authenticate_key(other, key_id, Secret(secret), None, "--as")


def test_as_goes_on_to_the_next_key_when_the_vaults_secret_is_of_another_branch(world):
    key_id, _ = key_of(world, "alice")
    fine = world.plain["users"]["alice"]["keys"][key_id]
    world.plain["users"]["alice"]["keys"] = {"AKIAOTHERBRANCH00000": fine, key_id: fine}
    world.secrets["AKIAOTHERBRANCH00000"] = Secret("of another branch")
    caller, _ = resolve(world, as_user="alice")
    assert caller.key_id == key_id


def test_a_default_user_that_is_gone_is_said_to_be_the_settings(world):
    for name, hint in (("alcie", 'did you mean "alice"?'), ("zz", "config set")):
        with pytest.raises(NotFound, match="settings") as caught:
            resolve(world, configured_user=name)
        assert hint in (caught.value.hint or "")
