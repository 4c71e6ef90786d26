"""Lookups of a whole directory."""

from iamctl.domain.directory import Directory

ACCOUNT = "123456789012"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/team/Read"
DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
}


def test_uses_of_a_policy_are_found_by_name_and_by_its_own_arn_without_reading_it():
    directory = Directory(
        {
            "iamctl": 1,
            "account": {"id": ACCOUNT},
            "users": {
                "a": {"policies": ["Read", "Write"], "boundary": OWN},
                "b": {
                    "policies": [
                        f"arn:aws:iam::{ACCOUNT}:policy/Read",  # another path
                        "arn:aws:iam::210987654321:policy/team/Read",
                        "arn:aws:iam::aws:policy/Read",
                    ]
                },
            },
            "groups": {"g": {"policies": [OWN]}},
            "policies": {
                "Read": {"path": "/team/", "document": DOCUMENT},
                "Write": {"document": DOCUMENT},
            },
        }
    )
    assert directory.references_to_policy("Read") == (
        ("users", "a", "policies", "Read"),
        ("users", "a", "boundary"),
        ("groups", "g", "policies", OWN),
    )
    assert directory.references_to_policy("Write") == (("users", "a", "policies", "Write"),)
    assert directory.references_to_policy("Gone") == ()
    assert directory.policies.loads == 0
