"""The brand's three colours as the page's full palette, light and dark, readable in both. Pure.

Ratios are WCAG 2.2 contrast ratios (1..21): 4.5 for text, as level AA asks.
"""

from __future__ import annotations

import colorsys

from assistant.settings import ColourSettings

_TEXT_RATIO = 4.5
_BODY_RATIO = 7.0
_STEP = 0.01  # of lightness, 0..1
_BLACK, _WHITE = "#000000", "#ffffff"


def palette_css(colours: ColourSettings) -> str:
    """Return the CSS custom properties of both schemes."""
    light = _variables(colours.primary, colours.background, colours.text)
    dark = light
    if luminance(colours.background) > luminance(colours.text):
        dark = _variables(
            colours.primary, mix(colours.text, _BLACK, 0.3), mix(colours.background, _BLACK, 0.08)
        )
    scheme = "light dark" if dark != light else "normal"
    return (
        f":root{{color-scheme:{scheme};{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )


def make_readable(colour: str, background: str, ratio: float) -> str:
    """Return the colour, made lighter or darker until it can be read on the background.

    Lightness alone moves, so a brand's red stays red in the dark instead of fading to pink.
    """
    lighter = contrast(_WHITE, background) > contrast(_BLACK, background)
    hue, lightness, saturation = colorsys.rgb_to_hls(*(c / 255 for c in _channels(colour)))
    found = colour
    while contrast(found, background) < ratio and 0 < lightness < 1:
        lightness = min(1.0, lightness + _STEP) if lighter else max(0.0, lightness - _STEP)
        rgb = colorsys.hls_to_rgb(hue, lightness, saturation)
        found = "#" + "".join(f"{round(c * 255):02x}" for c in rgb)
    return found


def readable_on(colour: str, background: str) -> str:
    """Return white, black or the background, whichever reads best on the colour."""
    return max((_WHITE, _BLACK, background), key=lambda c: contrast(c, colour))


def contrast(first: str, second: str) -> float:
    """Return the WCAG contrast ratio of two colours, 1..21."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb, 0..1 (WCAG 2.2)."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (part / 255 for part in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def mix(colour: str, other: str, share: float) -> str:
    """Return the colour with `share` (0..1) of the other in it."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _variables(primary: str, background: str, text: str) -> str:
    body = make_readable(text, background, _BODY_RATIO)
    surface = mix(background, _WHITE, 0.6 if luminance(background) > 0.5 else 0.05)
    tint = mix(background, make_readable(primary, background, _TEXT_RATIO), 0.08)
    accent, muted = primary, mix(body, background, 0.4)
    for place in (background, surface, tint):
        accent = make_readable(accent, place, _TEXT_RATIO)
        muted = make_readable(muted, place, _TEXT_RATIO)
    values = {
        "bg": background,
        "surface": surface,
        "text": body,
        "muted": muted,
        "line": mix(background, body, 0.16),
        "edge": make_readable(mix(background, body, 0.4), background, 3.0),
        "accent": accent,
        "on-accent": readable_on(accent, background),
        "tint": tint,
        "mark": mix(surface, accent, 0.2),
    }
    return ";".join(f"--mh-{name}:{value}" for name, value in values.items())


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
