"""Which file each entity goes to when a directory is split."""

import re

import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.shape import INCLUDE
from iamctl.services.split import WAYS, by_file, by_group, by_path

PLAIN = {
    "iamctl": 1,
    "account": {"id": "123456789012"},
    "users": {
        "alice": {"path": "/eng/"},
        "bob": {"path": "/Eng/"},
        "carol": {"path": "/eng/web/"},
        "dora": {},
        "eve": {"path": "/../*[x]/.."},
    },
    "groups": {"ops": {"members": ["dora", "alice"]}, "dev.Team": {"members": ["alice", "carol"]}},
    "roles": {},
    "resources": {"arn:aws:s3:::b": {"Statement": []}},
}


@pytest.fixture
def directory():
    return Directory(PLAIN)


def test_by_path(directory):
    division = by_path(directory)
    assert division.places == {
        ("users", "alice"): "people/eng.yaml",
        ("users", "bob"): "people/eng.yaml",
        ("users", "carol"): "people/eng-web.yaml",
        ("users", "eve"): "people/-----x----.yaml",
    }
    assert division.include == ("people/*.yaml",)


def test_by_group(directory):
    assert by_group(directory).places == {
        ("users", "alice"): "people/ops.yaml",
        ("users", "carol"): "people/dev-team.yaml",
        ("users", "dora"): "people/ops.yaml",
    }


def test_by_file(directory):
    division = by_file(directory)
    assert division.places == {
        ("users",): "users.yaml",
        ("groups",): "groups.yaml",
        ("resources",): "resources.yaml",
    }
    assert division.include == ("users.yaml", "groups.yaml", "resources.yaml")


@pytest.mark.parametrize("way", WAYS)
def test_every_file_may_be_included(directory, way):
    rule = INCLUDE.item.rule
    for path in (*WAYS[way](directory).places.values(), *WAYS[way](directory).include):
        assert re.fullmatch(rule.pattern, path), path


@pytest.mark.parametrize("way", WAYS)
def test_an_empty_directory_has_nothing_to_split(way):
    assert WAYS[way](Directory({"account": {"id": "123456789012"}})) == ({}, ())
