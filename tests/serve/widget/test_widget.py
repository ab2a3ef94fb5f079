"""What the widget's addresses answer, and to whom."""

import json
import re

import pytest
from fastapi.testclient import TestClient

from assistant.config import parse_settings
from assistant.errors import ConfigError
from assistant.settings import BrandSettings
from serve.policy import policy
from serve.widget import write_embed
from tests.serve.admin.editors import make_assistant
from tests.serve.building import build_api_for_test

BASE = "http://127.0.0.1:7860"


def test_while_no_site_is_listed_the_script_answers_and_the_page_does_not(tmp_path):
    server = build_api_for_test(make_assistant(tmp_path), tmp_path)
    with TestClient(server, base_url=BASE) as client:
        script, page = client.get("/embed.js"), client.get("/widget")
    server.state.desk.store.dispose()

    assert (script.status_code, page.status_code) == (200, 403)
    assert script.headers["content-type"].startswith("text/javascript")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"


def test_the_list_stands_in_the_policy_and_nowhere_in_the_script():
    brand = BrandSettings(name="The Bench")

    allowed = policy((), ("https://a.example", "https://b.example:8443"))

    assert "frame-ancestors https://a.example https://b.example:8443;" in allowed
    assert "https://" not in write_embed(brand)


def test_a_brands_name_is_text_in_the_script_whatever_it_is():
    name = '"; alert(1); //</script>\u2028`${1}'

    script = write_embed(BrandSettings(name=name))

    about = re.search(r"const brand = (\{.*\});", script)[1]
    assert json.loads(about)["name"] == name
    assert "\u2028" not in script


@pytest.mark.parametrize(
    "site",
    ["example.org", "https://example.org/", "https://*.example.org", "https://a.example; b", "*",
     "'self'", "https://a.example b.example", "ftp://example.org", "https://EXAMPLE.org"],
)  # fmt: skip
def test_what_is_no_site_is_refused_in_the_words_of_the_file(site):
    raw = {"brand": {"name": "B"}, "sources": [{"folder": "a"}], "widget": {"sites": [site]}}

    with pytest.raises(ConfigError, match="is not a site; write it as https://www.example.org"):
        parse_settings(raw, "masthead.yaml")
