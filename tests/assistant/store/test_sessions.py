"""Editors' sessions: only the token opens one, and it ends."""

import pytest
from sqlalchemy import update

from assistant.store.sessions import close_session, find_session, open_session
from assistant.store.tables import sessions


def test_a_session_is_found_by_its_token_until_it_is_closed(engine):
    ann, ben = open_session(engine, "ann"), open_session(engine, "ben")
    assert (find_session(engine, ann), find_session(engine, ben)) == ("ann", "ben")

    close_session(engine, ann)

    assert (find_session(engine, ann), find_session(engine, ben)) == ("", "ben")


def test_a_session_that_is_over_opens_nothing_and_is_cleared_away(engine):
    token = open_session(engine, "ann")
    with engine.begin() as connection:
        connection.execute(update(sessions).values(expires_at="2026-01-01T00:00:00Z"))
    assert find_session(engine, token) == ""

    open_session(engine, "ben")

    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT editor FROM sessions").scalars().all() == ["ben"]


@pytest.mark.parametrize("token", ["", "x" * 43, "' OR 1=1 --", "\0", "\udc80"])
def test_what_is_no_token_opens_nothing(engine, token):
    open_session(engine, "ann")

    assert find_session(engine, token) == ""


def test_the_token_itself_is_nowhere_in_the_database(engine):
    token = open_session(engine, "ann")

    with engine.connect() as connection:
        assert token not in str(connection.exec_driver_sql("SELECT * FROM sessions").all())
