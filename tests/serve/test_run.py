import socket
from pathlib import Path

import pytest

from assistant.config import Workspace
from assistant.errors import AssistantError
from serve.run import address, check_host, claim_port, is_loopback, private_folder, serve
from tests.serve.fake_assistant import make_settings


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_this_machine_alone_can_reach_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",
        "::",
        "192.168.1.4",
        "example.org",
        "",
        "10.0.0.1",
        "255.255.255.255",
        "0",
        "*",
        "::ffff:0.0.0.0",
        "fe80::1",
        "2001:db8::1",
        "127.0.0.1.example.org",
        "localhost.example.org",
        "128.0.0.1",
        "0:0:0:0:0:0:0:0",
        " ",
        "127.0.0.1 ",
        "2130706433",
        "127.1",
    ],
)
def test_a_host_that_others_reach_is_refused(host):
    with pytest.raises(AssistantError, match=r"this page has no login; use 127\.0\.0\.1"):
        check_host(host)


def test_a_port_in_use_is_refused_before_anything_loads(tmp_path):
    def open_assistant(workspace):
        pytest.fail("the models were loaded")

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(AssistantError, match=rf"port {port} .* in use by .*pass --port \d+"):
            serve(
                Workspace(tmp_path, make_settings()),
                host="127.0.0.1",
                port=port,
                open_assistant=open_assistant,
            )


def test_a_claimed_port_is_free_again_afterwards():
    with claim_port("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]

    with claim_port("127.0.0.1", port) as again:
        assert again.getsockname()[1] == port


def test_the_page_runs_in_an_empty_folder_that_goes_away(monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")
    monkeypatch.setenv("GRADIO_ANALYTICS_ENABLED", "")
    before = Path.cwd()

    with private_folder() as folder:
        assert list(Path.cwd().iterdir()) == []
        assert Path.cwd().is_relative_to(folder)

    assert Path.cwd() == before
    assert not folder.exists()


def test_an_ipv6_address_is_bracketed():
    assert address("::1", 7860) == "http://[::1]:7860"
