import re

import pytest

from assistant.palette import contrast, luminance, make_readable, mix, palette_css
from assistant.settings import ColourSettings

BRANDS = {
    "default": ColourSettings(),
    "yellow": ColourSettings(primary="#ffe600", background="#ffffff", text="#333333"),
    "navy": ColourSettings(primary="#0a2540", background="#f6f9fc", text="#0a2540"),
    "dark first": ColourSettings(primary="#39ff14", background="#101010", text="#eeeeee"),
    "grey on grey": ColourSettings(primary="#888888", background="#909090", text="#808080"),
}


def test_black_on_white_has_the_highest_contrast():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert luminance("#ffffff") == pytest.approx(1)


def test_mixing_goes_from_one_colour_to_the_other():
    assert [mix("#000000", "#ff8040", share) for share in (0, 0.5, 1)] == [
        "#000000",
        "#804020",
        "#ff8040",
    ]


def test_a_readable_colour_is_left_as_it_is():
    assert make_readable("#7a1f2b", "#faf7f2", 4.5) == "#7a1f2b"


@pytest.mark.parametrize("colours", BRANDS.values(), ids=BRANDS.keys())
def test_every_text_can_be_read_in_both_schemes(colours):
    css = palette_css(colours)

    for block in re.findall(r":root\{([^}]*)\}", css):
        values = dict(re.findall(r"--mh-([a-z-]+):(#[0-9a-f]{6})", block))
        for name in ("text", "muted", "accent"):
            for place in ("bg", "surface", "tint"):
                assert contrast(values[name], values[place]) >= 4.5, (name, place, values)
        assert contrast(values["on-accent"], values["accent"]) >= 4.5


def test_a_light_brand_is_dark_at_night_and_a_dark_brand_stays_dark():
    assert "color-scheme:light dark" in palette_css(BRANDS["default"])
    assert "color-scheme:normal" in palette_css(BRANDS["dark first"])
