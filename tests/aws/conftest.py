"""botocore with no AWS configuration but a test's own, and moto's server on loopback."""

import os
from collections.abc import Iterator

import pytest

from tests.aws.loopback import moto


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """No AWS configuration but what the test writes to `config` in the folder it is given."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    """moto's STS and IAM."""
    with moto() as url:
        yield url
