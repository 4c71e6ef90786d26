"""Where a sign-in leads, and which sessions sign in."""

import pytest

from iamctl.domain.errors import InvalidValue, NotAuthenticated, Usage
from iamctl.services.console import destination_of, partition_of, session_at_hand
from iamctl.sts.token import TOKEN_START

REAL = {
    "AWS_ACCESS_KEY_ID": "ASIAX", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "FwoG",
}  # fmt: skip


@pytest.mark.parametrize(("region", "endpoint", "home"), [
    (None, "https://signin.aws.amazon.com/federation",
     "https://console.aws.amazon.com/console/home"),
    ("eu-west-1", "https://signin.aws.amazon.com/federation",
     "https://console.aws.amazon.com/console/home?region=eu-west-1"),
    ("us-gov-west-1", "https://signin.amazonaws-us-gov.com/federation",
     "https://console.amazonaws-us-gov.com/console/home?region=us-gov-west-1"),
    ("cn-north-1", "https://signin.amazonaws.cn/federation",
     "https://console.amazonaws.cn/console/home?region=cn-north-1"),
])  # fmt: skip
def test_each_partition_has_its_own_endpoint_and_console(region, endpoint, home):
    partition = partition_of(region)
    assert partition.sign_in == endpoint
    assert destination_of(partition, region, None, None) == home


@pytest.mark.parametrize("region", ["", "EU-WEST-1", "eu-west-1&x=y", "eu-west-1\n", "../x"])
def test_what_is_no_region(region):
    with pytest.raises(InvalidValue):
        partition_of(region)


def test_a_service_has_its_own_pages():
    partition = partition_of("eu-west-1")
    assert destination_of(partition, "eu-west-1", "ec2", None) == (
        "https://console.aws.amazon.com/ec2/home?region=eu-west-1"
    )
    for service in ("", "EC2", "../x", "ec2/home", "ec2?x", "a" * 65):
        with pytest.raises(InvalidValue, match="no service of the console"):
            destination_of(partition, None, service, None)


@pytest.mark.parametrize("url", [
    "https://console.aws.amazon.com", "https://console.aws.amazon.com/s3/buckets/x?region=a#b",
    "https://eu-west-1.console.aws.amazon.com/ec2/home",
])  # fmt: skip
def test_a_page_of_the_console(url):
    assert destination_of(partition_of(None), None, None, url) == url


@pytest.mark.parametrize("url", [
    "http://console.aws.amazon.com/", "https://example.com/", "https://console.aws.amazon.com.x/",
    "https://evilconsole.aws.amazon.com/", "https://x@console.aws.amazon.com/",
    "https://console.aws.amazon.com:444/", "https://console.aws.amazon.com\\@x/", "",
    "https://console.aws.amazon.com/ x", "https://console.amazonaws.cn/", "javascript:alert(1)",
    "https://example.com/?https://console.aws.amazon.com/",
])  # fmt: skip
def test_nobody_elses_page_is_gone_to(url):
    with pytest.raises(InvalidValue, match="no page of the console"):
        destination_of(partition_of(None), None, None, url)


def test_one_page_is_named():
    with pytest.raises(Usage, match="two pages"):
        destination_of(partition_of(None), None, "ec2", "https://console.aws.amazon.com/")


def test_a_session_of_awss_in_the_environment():
    found = session_at_hand({**REAL, "AWS_SECRET_ACCESS_KEY": "\udcff"})
    assert (found.access_key_id, found.secret_access_key.reveal()) == ("ASIAX", b"\xff")
    assert found.session_token.reveal_text() == "FwoG"


def test_a_session_of_ours_is_refused_with_the_reason():
    with pytest.raises(NotAuthenticated, match="only iamctl verifies it"):
        session_at_hand({**REAL, "AWS_SESSION_TOKEN": TOKEN_START + "x"})


@pytest.mark.parametrize("missing", REAL)
def test_no_session_at_hand(missing):
    with pytest.raises(NotAuthenticated, match="no session of AWS's") as refused:
        session_at_hand({name: value for name, value in REAL.items() if name != missing})
    assert refused.value.hint == "name a role: iamctl console ROLE"
