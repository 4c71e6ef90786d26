"""AWS's managed policies by name and by text, out of the catalogue that ships."""

import pytest

from iamctl.catalogue.managed_policies import ManagedPolicies
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.services.published import arn_of_name, by_arn, own_holding, published, searched

AWS = "arn:aws:iam::aws:policy"


@pytest.fixture(scope="module")
def catalogue():
    return ManagedPolicies()


def test_names_lead_to_arns_whatever_the_path(catalogue):
    assert arn_of_name(catalogue, "ReadOnlyAccess") == f"{AWS}/ReadOnlyAccess"
    assert arn_of_name(catalogue, "ViewOnlyAccess") == f"{AWS}/job-function/ViewOnlyAccess"
    assert arn_of_name(catalogue, "readonlyaccess") is None
    assert by_arn(catalogue, f"{AWS}/job-function/ViewOnlyAccess").name == "ViewOnlyAccess"


def test_a_near_name_is_offered(catalogue):
    with pytest.raises(NotFound) as refused:
        by_arn(catalogue, f"{AWS}/ReadOnlyAcces")
    assert refused.value.hint == 'did you mean "ReadOnlyAccess"?'


def test_lists_are_by_name_and_under_a_path(catalogue):
    rows = published(catalogue, "/job-function/")
    assert "SystemAdministrator" in [row.name for row in rows]
    assert {row.path for row in rows} == {"/job-function/"}
    names = [row.name.lower() for row in published(catalogue)]
    assert names == sorted(names)
    with pytest.raises(InvalidValue):
        published(catalogue, "job-function")


def test_text_is_found_in_names_and_documents(catalogue):
    assert f"{AWS}/ReadOnlyAccess" in [row.arn for row in searched(catalogue, "readonlyACCESS")]
    assert len(searched(catalogue, "s3:getobject")) > 10
    document = {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}
    found = Directory({"iamctl": 1, "policies": {"Read": {"document": document}}})
    assert [row.name for row in own_holding(found, '"action":"S3:getobject"')] == ["Read"]
    assert own_holding(found, "s3:PutObject") == ()
