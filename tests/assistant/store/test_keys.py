import re

import pytest
from sqlalchemy import update

from assistant.errors import AssistantError
from assistant.store.keys import create_key, find_key, has_keys, list_keys, revoke_key
from assistant.store.tables import api_keys


def test_a_key_is_recognised_and_never_stored(engine, tmp_path):
    token, key = create_key(engine, "reader-app", days=30, per_minute=7)

    assert find_key(engine, token) == key
    assert (key.state, key.per_minute) == ("live", 7)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("masthead.db*"))
    assert token.encode() not in stored
    assert key.hint.encode() in stored


@pytest.mark.parametrize(
    "token", ["", "mh_", "' OR 1=1 --", "mh_\x00", "x" * 10_000, "mh_ü", "\ud800"]
)
def test_anything_else_is_not_a_key(engine, token):
    create_key(engine, "reader-app")

    assert find_key(engine, token) is None


def test_a_key_that_is_revoked_or_expired_is_none(engine):
    revoked, _ = create_key(engine, "revoked")
    expired, _ = create_key(engine, "expired", days=1)
    revoke_key(engine, "revoked")
    with engine.begin() as connection:
        connection.execute(
            update(api_keys)
            .where(api_keys.c.name == "expired")
            .values(expires_at="2020-01-01T00:00:00Z")
        )

    assert (find_key(engine, revoked), find_key(engine, expired)) == (None, None)
    assert [key.state for key in list_keys(engine)] == ["revoked", "expired"]
    assert has_keys(engine)


def test_keys_are_random_and_share_nothing(engine):
    tokens = [create_key(engine, f"k{n}")[0] for n in range(20)]

    assert all(re.fullmatch(r"mh_[\w-]{43}", token) for token in tokens)
    assert len({token[3:9] for token in tokens}) == 20


@pytest.mark.parametrize("name", ["", "A", "a b", "../x", "x" * 65, "a\n"])
def test_a_name_that_is_none_is_refused(engine, name):
    with pytest.raises(AssistantError, match="is not a key's name; use a-z"):
        create_key(engine, name)


def test_a_name_is_given_once_and_a_stranger_cannot_be_revoked(engine):
    create_key(engine, "one")

    with pytest.raises(AssistantError, match="there is a key one already"):
        create_key(engine, "one")
    with pytest.raises(AssistantError, match="no live key two"):
        revoke_key(engine, "two")
