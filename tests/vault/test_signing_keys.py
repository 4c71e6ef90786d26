"""A signing key as the one line of text that CI carries."""

import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.errors import InvalidValue, VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey
from iamctl.vault import (
    VaultSettings,
    create_vault,
    decode_signing_key,
    encode_signing_key,
    export_vault,
    import_vault,
    open_vault,
    rewrap,
)

IDS = st.text("ABCXYZabcxyz019_-", min_size=1, max_size=64)


@given(IDS, st.binary(min_size=32, max_size=32))
def test_it_comes_back(key_id: str, secret: bytes) -> None:
    key = SigningKey(key_id, Secret(secret))
    text = encode_signing_key(key)
    assert decode_signing_key(text) == key
    assert decode_signing_key(f"  {text}\r\n") == key
    assert text.isascii()
    assert text.isprintable()


@given(IDS, st.binary(min_size=32, max_size=32), st.data())
def test_no_other_text_is_that_key(key_id: str, secret: bytes, data: st.DataObject) -> None:
    text = encode_signing_key(SigningKey(key_id, Secret(secret)))
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(min_codepoint=33).filter(lambda c: c != text[place]))
    for bad in (text[:place] + other + text[place + 1 :], text[:place], text + other):
        with pytest.raises(VaultUnavailable) as refused:
            decode_signing_key(bad)
        assert secret.hex() not in refused.value.message


@given(st.text(max_size=300))
def test_no_text_at_all_is_more_than_refused(text: str) -> None:
    with pytest.raises(VaultUnavailable):
        decode_signing_key(text)


def test_what_cannot_be_a_key_is_not_written() -> None:
    for bad in (
        SigningKey("", Secret(b"x" * 32)),
        SigningKey("x" * 65, Secret(b"x" * 32)),
        SigningKey("a:b", Secret(b"x" * 32)),
        SigningKey("a\n", Secret(b"x" * 32)),
        SigningKey("ä", Secret(b"x" * 32)),
        SigningKey("a", Secret(b"x" * 31)),
        SigningKey("a", Secret(b"")),
    ):
        with pytest.raises(InvalidValue):
            encode_signing_key(bad)


class TestTheKindEnv:
    def test_the_variable_signs(self, folder: str, uuid: str, second: SigningKey) -> None:
        environment: dict[str, str] = {}
        settings = VaultSettings(environment, os.urandom)
        vault = create_vault("env", folder, uuid, second, settings)
        with pytest.raises(VaultUnavailable, match="no signing key") as refused:
            vault.signing_keys()
        assert "IAMCTL_SIGNING_KEY" in (refused.value.hint or "")
        environment["IAMCTL_SIGNING_KEY"] = encode_signing_key(second)
        assert open_vault(folder, uuid, "env", settings).signing_keys() == (second,)
        environment["IAMCTL_SIGNING_KEY"] = "nonsense"
        with pytest.raises(VaultUnavailable, match="not one that iamctl wrote") as refused:
            vault.signing_keys()
        assert "nonsense" not in refused.value.message

    def test_it_stores_nothing(
        self, folder: str, uuid: str, first: SigningKey, second: SigningKey, settings: VaultSettings
    ) -> None:
        vault = create_vault("env", folder, uuid, first, settings)
        uses: tuple[Callable[[], object], ...] = (
            lambda: vault.put_secret_access_keys({"AKIAA": Secret("a")}),
            lambda: vault.rotate_signing_key(second, 1000),
            lambda: rewrap(vault, "file"),
            lambda: export_vault(vault, Secret("p"), True),
            lambda: import_vault(vault, b"", Secret("p"), retire_at=1000),
        )
        for use in uses:
            with pytest.raises(VaultUnavailable, match="stores nothing"):
                use()
        assert os.listdir(folder) == ["vault.json"]

    def test_no_other_kind_looks_at_the_variable(
        self, folder: str, uuid: str, first: SigningKey, second: SigningKey, settings: VaultSettings
    ) -> None:
        settings = settings._replace(environment={"IAMCTL_SIGNING_KEY": encode_signing_key(second)})
        create_vault("file", folder, uuid, first, settings)
        assert open_vault(folder, uuid, None, settings).signing_keys() == (first,)
        with pytest.raises(VaultUnavailable, match="stores nothing"):
            rewrap(open_vault(folder, uuid, None, settings), "env")
