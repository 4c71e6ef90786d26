"""Which device of a caller is meant: sts.md's rows on serial numbers."""

import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.errors import AccessDenied, Usage
from iamctl.sts.mfa import UNKNOWN_SERIAL, device_of

ACCOUNT = "111122223333"
ENABLED = "2026-11-25T09:05:00Z"


def arn(rest: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:mfa/{rest}"


@pytest.fixture
def directory() -> Directory:
    return Directory(
        {
            "iamctl": 1,
            "account": {"id": ACCOUNT},
            "users": {"alice": {}, "bob": {}, "carol": {}},
            "mfa": {
                "phone": {"path": "/eng/", "user": "alice", "enabled": ENABLED},
                "left": {"user": "bob", "enabled": ENABLED},
                "right": {"user": "bob", "enabled": ENABLED},
                "drawer": {},
            },
        }
    )


@pytest.mark.parametrize("serial", [None, "phone", arn("eng/phone")])
def test_the_only_device_needs_no_name(directory, serial):
    assert device_of(directory, directory.user("alice"), serial).name == "phone"


@pytest.mark.parametrize("serial", ["right", arn("right")])
def test_one_of_several_is_named(directory, serial):
    assert device_of(directory, directory.user("bob"), serial).name == "right"


def test_several_and_none_named_are_listed(directory):
    with pytest.raises(Usage) as refused:
        device_of(directory, directory.user("bob"))
    assert "left, right" in (refused.value.hint or "")


@pytest.mark.parametrize(
    "serial",
    ["left", "drawer", "nothing", "", "Phone", arn("phone"), arn("eng/phone/"), arn("left"),
     "arn:aws:iam::444455556666:mfa/eng/phone", "arn:aws-cn:iam::111122223333:mfa/eng/phone"],
)  # fmt: skip
def test_a_serial_that_is_none_of_the_callers_is_aws_text(directory, serial):
    with pytest.raises(AccessDenied) as refused:
        device_of(directory, directory.user("alice"), serial)
    assert refused.value.message == UNKNOWN_SERIAL
    assert refused.value.code == "AccessDenied"


def test_a_near_serial_is_hinted_at(directory):
    with pytest.raises(AccessDenied) as refused:
        device_of(directory, directory.user("alice"), arn("eng/phnoe"))
    assert '"phone"' in (refused.value.hint or "")


@pytest.mark.parametrize("serial", [None, "phone"])
def test_a_user_without_devices(directory, serial):
    with pytest.raises(AccessDenied) as refused:
        device_of(directory, directory.user("carol"), serial)
    assert refused.value.message == UNKNOWN_SERIAL
    assert "carol" in (refused.value.hint or "")


@pytest.mark.parametrize("serial", [None, "phone", arn("eng/phone")])
def test_who_is_no_user_has_none(directory, serial):
    with pytest.raises(AccessDenied) as refused:
        device_of(directory, None, serial)
    assert refused.value.message == UNKNOWN_SERIAL
