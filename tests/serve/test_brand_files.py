import pytest

from assistant.errors import ConfigError
from serve.brand_files import BrandFiles, read_logo
from tests.serve.fake_assistant import make_settings

BRAND = make_settings().brand


def with_colour(colour):
    colours = BRAND.colours.model_copy(update={"primary": colour})
    return BRAND.model_copy(update={"colours": colours})


def test_a_changed_brand_has_other_styles_at_another_address(tmp_path):
    brand = [BRAND]
    look = BrandFiles(lambda: brand[0], tmp_path)
    before = look.now()
    brand[0] = with_colour("#00529b")
    after = look.now()

    assert "#00529b" in after.files["page.css"][0]
    assert before.version != after.version
    assert look.now() is after


def test_a_brand_whose_logo_is_missing_leaves_the_one_before_in_place(tmp_path, caplog):
    brand = [BRAND]
    look = BrandFiles(lambda: brand[0], tmp_path)
    before = look.now()
    brand[0] = BRAND.model_copy(update={"logo": "gone.png"})

    assert look.now() is look.now() is before
    assert caplog.text.count("the page keeps its brand: brand.logo: there is no") == 1


def test_a_logo_is_read_from_inside_the_workspace(tmp_path):
    (tmp_path / "mark.svg").write_bytes(b"<svg/>")
    brand = BRAND.model_copy(update={"logo": "mark.svg"})

    assert read_logo(brand, tmp_path) == b"<svg/>"


@pytest.mark.parametrize("logo", ["../secret.png", "/etc/passwd", "logo.html"])
def test_a_logo_elsewhere_or_of_another_kind_is_refused(tmp_path, logo):
    brand = BRAND.model_copy(update={"logo": logo})

    with pytest.raises(ConfigError, match=r"name a file inside the workspace .* svg, png, webp"):
        read_logo(brand, tmp_path)


def test_a_missing_logo_is_named(tmp_path):
    brand = BRAND.model_copy(update={"logo": "gone.png"})

    with pytest.raises(ConfigError, match=r"there is no .*gone\.png; add the file"):
        read_logo(brand, tmp_path)
