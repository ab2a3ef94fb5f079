import pytest

from ingest.identity import article_id, canonical_url, join_url


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("http://Example.ORG/Post/", "https://example.org/Post"),
        ("https://example.org:443/post", "https://example.org/post"),
        ("https://example.org:8443/post", "https://example.org:8443/post"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/post#comments", "https://example.org/post"),
        ("https://example.org/p?utm_source=x&b=2&fbclid=y&a=1", "https://example.org/p?a=1&b=2"),
        ("https://example.org/post/amp/", "https://example.org/post"),
        ("https://example.org/post?amp", "https://example.org/post"),
        ("https://example.org/café", "https://example.org/caf%C3%A9"),
        ("https://example.org/a%2Fb", "https://example.org/a%2Fb"),
        ("mailto:desk@example.org", "mailto:desk@example.org"),
        (" https://example.org:port/ ", "https://example.org:port/"),
    ],
)
def test_a_page_has_one_spelling(written, canonical):
    assert canonical_url(written) == canonical
    assert canonical_url(canonical) == canonical


def test_an_id_follows_the_page_not_the_spelling_of_its_address():
    first = article_id("http://example.org/post/?utm_medium=mail", "a.md")

    assert first == article_id("https://example.org/post", "elsewhere.md")
    assert first != article_id("https://example.org/other", "a.md")


def test_without_an_address_the_path_gives_the_id():
    # printf 'file:posts/a.md' | sha256sum | cut -c1-16
    assert article_id("", "posts/a.md") == "b0dc3c94727a505c"


@pytest.mark.parametrize(
    ("base_url", "path", "url"),
    [
        (
            "https://example.org/blog",
            "2024-01-02-bread",
            "https://example.org/blog/2024-01-02-bread",
        ),
        ("https://example.org/blog/", "/about/", "https://example.org/about"),
        ("", "/about/", ""),
        ("", "https://example.org/about/", "https://example.org/about"),
        ("https://example.org/blog/", "", "https://example.org/blog"),
    ],
)
def test_a_path_is_joined_to_the_base_url(base_url, path, url):
    assert join_url(base_url, path) == url
