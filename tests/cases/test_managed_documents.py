"""Every policy that AWS publishes is a document to us, and its own statements match."""

import json

from iamctl.catalogue.managed_policies import ManagedPolicies
from iamctl.domain.documents import parse_document
from iamctl.policy.compile import compile_document


def test_every_aws_managed_policy_can_be_read_and_decided_by():
    count = 0
    for policy in ManagedPolicies().search(""):
        document, problems = parse_document(json.loads(policy.document), "identity")
        assert document is not None, (policy.arn, problems)
        for compiled in compile_document(document).statements:
            for action in compiled.statement.actions or ():
                # A pattern matches itself: `*` and `?` are among the characters they stand for.
                assert compiled.matches_action(action.lower()), (policy.arn, action)
            count += 1
    assert count > 5000
