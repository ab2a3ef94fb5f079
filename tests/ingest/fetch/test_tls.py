"""A certificate that does not prove the host ends the request; nothing is asked unverified."""

import ssl
from pathlib import Path

import pytest

from ingest.fetch.errors import FetchError, Reason
from tests.web import Reply, make_fetcher, serving

FILES = Path(__file__).parent / "tls"


def serving_with(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FILES / f"{certificate}.pem", FILES / "key.pem")
    return serving(tls=context)


def trusting_us():
    return ssl.create_default_context(cafile=str(FILES / "authority.pem"))


@pytest.mark.parametrize("certificate", ["self-signed", "expired", "other-host"])
def test_a_bad_certificate_is_an_error_and_no_request_is_sent(tmp_path, certificate):
    with serving_with(certificate) as site:
        site.pages["/a"] = Reply("secret")

        with pytest.raises(FetchError, match="no valid certificate") as error:
            make_fetcher(tmp_path, tls=trusting_us()).get(site.url + "/a")

        assert error.value.reason == Reason.TLS
        assert site.asked == []


def test_an_authority_that_nobody_knows_is_an_error_by_default(tmp_path):
    with serving_with("good") as site:
        with pytest.raises(FetchError, match="no valid certificate"):
            make_fetcher(tmp_path).get(site.url + "/a")

        assert site.asked == []


def test_a_certificate_that_proves_the_host_is_accepted(tmp_path):
    with serving_with("good") as site:
        site.pages["/a"] = Reply("hello")

        assert make_fetcher(tmp_path, tls=trusting_us()).get(site.url + "/a").body == b"hello"
