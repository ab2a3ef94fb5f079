"""Who comes in, who does not, and what the door gives away: nothing."""

from __future__ import annotations

import asyncio

import pytest

from assistant.config import Workspace
from assistant.store.audit import list_entries
from assistant.store.opening import open_store
from serve.admin.pages import FILES, PAGES
from serve.admin.workplace import LOCK_S, TRIES, Admin, TooManyTries
from serve.desk import Desk
from tests.rated import ANN_PASSWORD
from tests.serve.admin.editors import Editor, make_assistant
from tests.serve.building import build_api_for_test, running

NAMES = sorted({*PAGES, *FILES} - {""})
FORGED = [
    {},
    {"Cookie": "masthead_editor=" + "x" * 43},
    {"Cookie": "masthead_editor=' OR 1=1 --"},
    {"Authorization": "Bearer ann"},
    {"X-Api-Key": ANN_PASSWORD},
    {"X-Forwarded-For": "127.0.0.1"},
]


@pytest.mark.parametrize("headers", FORGED, ids=str)
def test_without_a_login_every_page_is_the_same_as_one_that_is_not_there(site, headers):
    with Editor(base_url=site.url, headers=headers) as client:
        seen = {
            (r.status_code, r.headers["location"], r.text)
            for name in [*NAMES, "nothing", "adapter?name=2026-11-01", "x/y", "log?x=1"]
            for r in [client.get(f"/admin/{name}")]
        }
        assert seen == {(303, "/admin", "")}


@pytest.mark.parametrize(
    "do", ["approve", "promote", "roll back index", "forget visitor", "logout", "nothing", ""]
)
def test_without_a_login_every_act_gets_the_login_form_and_nothing_happens(site, stranger, do):
    before = list_entries(site.store)

    response = stranger.post("/admin", data={"do": do, "id": "1", "name": "2026-11-01"})

    assert response.status_code == 403
    assert "Log in" in response.text
    assert list_entries(site.store) == before


def test_the_login_form_names_nothing_that_lies_behind_it(stranger):
    text = stranger.get("/admin").text.lower()

    assert [
        word for word in (*NAMES, "2026-1", "generation") if word != "log" and word in text
    ] == []


def test_name_and_password_open_a_session_in_a_cookie_that_scripts_cannot_read(site, stranger):
    response = stranger.log_in()

    assert (response.status_code, response.headers["location"]) == (303, "/admin")
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/admin" in cookie
    assert "What needs you" in stranger.get("/admin").text
    assert list_entries(site.store)[0].action == "logged in"


@pytest.mark.parametrize(
    ("name", "password"), [("ann", "not her password"), ("ben", ANN_PASSWORD), ("", "")]
)
def test_a_wrong_name_and_a_wrong_password_look_the_same(stranger, name, password):
    response = stranger.log_in(password, name)

    assert response.status_code == 401
    assert "do not go together" in response.text
    assert "set-cookie" not in response.headers


def test_after_logging_out_the_old_cookie_opens_nothing(stranger):
    stranger.log_in()
    token = stranger.cookies["masthead_editor"]

    assert stranger.act("logout").status_code == 303

    stranger.cookies.set("masthead_editor", token)
    assert "What needs you" not in stranger.get("/admin").text


@pytest.mark.parametrize("csrf", ["", "x" * 64, "é"])
def test_a_form_that_the_session_was_not_given_does_nothing(site, editor, csrf):
    before = list_entries(site.store)

    response = editor.post("/admin", data={"do": "reject", "id": "1", "csrf": csrf})

    assert response.status_code == 403
    assert list_entries(site.store) == before


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=str,
)
def test_another_site_cannot_act_in_an_editors_name(editor, headers):
    response = editor.post("/admin", data={"do": "reject", "id": "1"}, headers=headers)

    assert response.status_code == 403
    assert response.text == "other sites may not ask here\n"


def test_the_policy_allows_one_style_sheet_no_script_and_no_frame(editor):
    for path in ("/admin", "/admin/gaps"):
        policy = editor.get(path).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy


@pytest.fixture
def admin(tmp_path):
    assistant = make_assistant(tmp_path)
    workspace = Workspace(tmp_path, assistant.settings)
    desk = Desk(assistant, open_store(workspace), tmp_path)
    now = [0.0]
    yield (
        Admin(desk, workspace, lambda: now[0], lambda password, _: password == ANN_PASSWORD),
        now,
    )
    desk.close()
    desk.store.dispose()


def test_after_five_wrong_tries_even_the_right_password_waits(admin):
    workplace, now = admin

    async def knock():
        wrong = [workplace.log_in("ann", f"wrong {n}", "203.0.113.9") for n in range(TRIES + 20)]
        found = await asyncio.gather(*wrong, return_exceptions=True)
        assert sum(result == "" for result in found) == TRIES
        with pytest.raises(TooManyTries, match="try again in 15 min"):
            await workplace.log_in("ann", ANN_PASSWORD, "203.0.113.9")
        assert await workplace.log_in("ann", ANN_PASSWORD, "203.0.113.10")
        now[0] = LOCK_S + 1
        assert await workplace.log_in("ann", ANN_PASSWORD, "203.0.113.9")

    asyncio.run(knock())


def test_an_editor_taken_out_of_the_settings_is_out_at_once(admin, tmp_path):
    workplace, _ = admin
    token = asyncio.run(workplace.log_in("ann", ANN_PASSWORD, "127.0.0.1"))
    assert workplace.find_visit(token).editor == "ann"

    others = make_assistant(tmp_path, admin={"editors": {}})
    later = Admin(workplace.desk, Workspace(tmp_path, others.settings))

    assert later.find_visit(token) is None


def test_while_nobody_has_a_password_the_page_says_how_to_set_one(tmp_path):
    server = build_api_for_test(make_assistant(tmp_path, admin={"editors": {}}), tmp_path)
    with running(server) as url, Editor(base_url=url) as client:
        text = client.get("/admin").text
        refused = client.log_in("", "").status_code
    server.state.desk.store.dispose()

    assert "masthead password" in text
    assert "<form" not in text
    assert refused == 401
