import os
import re

from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain import arns, ids
from iamctl.domain.secret import Secret


@given(st.integers(0, 10**12 - 1))
def test_a_key_id_carries_its_account(number):
    import base64

    key = ids.mint_access_key_id("AKIA", f"{number:012}", os.urandom)
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", key)
    raw = int.from_bytes(base64.b32decode(key[4:])[:6], "big")
    assert (raw & 0x7FFFFFFFFF80) >> 7 == number


def test_ids_have_aws_lengths_and_differ():
    assert re.fullmatch(r"AIDA[A-Z2-7]{17}", ids.mint_unique_id("users", os.urandom))
    assert ids.mint_unique_id("roles", os.urandom) != ids.mint_unique_id("roles", os.urandom)
    assert re.fullmatch(r"[A-Za-z0-9+/]{40}", ids.mint_secret_access_key(os.urandom))
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        ids.mint_uuid(os.urandom),
    )


def test_arns():
    assert arns.iam_arn("123456789012", "user", "/a/b/", "x") == (
        "arn:aws:iam::123456789012:user/a/b/x"
    )
    parsed = arns.parse_arn("arn:aws:s3:::bucket/key:with:colons")
    assert parsed is not None
    assert parsed.resource == "bucket/key:with:colons"
    assert str(parsed) == "arn:aws:s3:::bucket/key:with:colons"
    assert arns.split_iam_resource("user/a/b/x") == ("user", "/a/b/", "x")
    assert arns.split_iam_resource("user/x") == ("user", "/", "x")
    assert arns.split_iam_resource("root") == ("root", "/", "")
    assert arns.is_aws_managed("arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert not arns.is_aws_managed("arn:aws:iam::123456789012:policy/ReadOnlyAccess")
    for text in ("", "arn", "arn:aws:iam::1", "user/x", "arn:::::"):
        assert arns.parse_arn(text) is None


def test_a_secret_does_not_show_itself():
    secret = Secret("wJalrXUtnFEMI")
    assert "wJalr" not in f"{secret} {secret!r} {[secret]} {secret:>5}"
    assert secret == Secret(b"wJalrXUtnFEMI")
    assert secret.reveal_text() == "wJalrXUtnFEMI"
