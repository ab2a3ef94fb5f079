"""The brand's own files: styles, script, icon and logo, made again where the brand has changed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from assistant.errors import ConfigError
from assistant.palette import palette_css
from assistant.settings import BrandSettings
from serve.shell import render_icon

_LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Dress:
    """A brand with its files (content and media type) by name; `version` changes with any."""

    brand: BrandSettings
    version: str
    files: Mapping[str, tuple[str | bytes, str]]

    @property
    def logo_url(self) -> str:
        """The logo's address, "" where the brand has none."""
        return f"/brand/logo?v={self.version}" if "logo" in self.files else ""


class BrandFiles:
    """The dress of the brand in use; one whose logo cannot be served is passed over, and said."""

    def __init__(self, brand_now: Callable[[], BrandSettings], root: Path) -> None:
        self._brand_now = brand_now
        self._root = root
        self._seen = brand_now()
        self._dress = make_dress(self._seen, root)

    def now(self) -> Dress:
        """Return the dress of the brand as it is written now."""
        brand = self._brand_now()
        if brand is not self._seen:
            self._seen = brand
            try:
                self._dress = make_dress(brand, self._root)
            except ConfigError as error:
                log.warning("the page keeps its brand: %s", error)
        return self._dress


def make_dress(brand: BrandSettings, root: Path) -> Dress:
    """Read and render a brand's files; ConfigError where the logo cannot be served."""
    logo = read_logo(brand, root)
    style, script = palette_css(brand.colours) + _static("page.css"), _static("page.js")
    logo_type = _LOGO_TYPES.get(Path(brand.logo).suffix.lower(), "")
    named: dict[str, tuple[str | bytes, str]] = {
        "page.css": (style, "text/css"),
        "page.js": (script, "text/javascript"),
        "widget.css": (_static("widget.css"), "text/css"),
        "icon": (logo, logo_type) if logo else (render_icon(brand), _LOGO_TYPES[".svg"]),
    }
    if logo:
        named["logo"] = (logo, logo_type)
    # Scripts and styles are kept a year by their version, and so is what they stand on.
    version = hashlib.sha256((style + script).encode() + (logo or b"")).hexdigest()[:12]
    return Dress(brand, version, named)


def read_logo(brand: BrandSettings, root: Path) -> bytes | None:
    """Return the logo's bytes, None where the brand has none; ConfigError where it cannot serve."""
    if not brand.logo:
        return None
    path = (root / brand.logo).resolve()
    if not path.is_relative_to(root.resolve()) or path.suffix.lower() not in _LOGO_TYPES:
        kinds = ", ".join(suffix.removeprefix(".") for suffix in _LOGO_TYPES)
        raise ConfigError(
            f"brand.logo is {brand.logo!r}; name a file inside the workspace that is one of {kinds}"
        )
    if not path.is_file():
        raise ConfigError(f"brand.logo: there is no {path}; add the file or delete the key")
    return path.read_bytes()


def _static(name: str) -> str:
    return (files("serve") / "static" / name).read_text(encoding="utf-8")
