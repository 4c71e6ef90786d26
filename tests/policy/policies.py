"""Policies and requests that tests build in a line."""

from iamctl.domain.documents import PolicyDocument, Statement
from iamctl.policy.compile import SourcePolicy, source_policy
from iamctl.policy.evaluate import evaluate
from iamctl.policy.request import Request, user_caller

ACCOUNT, OTHER = "123456789012", "210987654321"
ALICE = user_caller(ACCOUNT, "alice", unique_id="AIDAALICEALICEALICEAL")
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
UNREADABLE = SourcePolicy("Lost", "identity", None, "user alice", "it is gone")


def policy(*statements, kind="identity", name="P"):
    return source_policy(PolicyDocument(statements, "2012-10-17"), name, kind)


def allow(action="sqs:*", resource="*", **elements):
    return Statement("Allow", actions=(action,), resources=(resource,), **elements)


def deny(action="sqs:*", resource="*", **elements):
    return Statement("Deny", actions=(action,), resources=(resource,), **elements)


def ask(layers, caller=ALICE, action="sqs:SendMessage", resource=QUEUE, context=None):
    return evaluate(Request(caller, action, resource, context or {}), layers)
