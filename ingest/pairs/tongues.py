"""Ways of asking after a heading in languages whose grammar the rules do not know. Pure."""

from __future__ import annotations

HEADINGS_IN: dict[str, tuple[str, ...]] = {
    "de": ("Was schreibt ihr über „{0}“?", "Habt ihr etwas zu „{0}“?"),
    "es": ("¿Qué han escrito sobre «{0}»?", "¿Tienen algo sobre «{0}»?"),
    "fr": ("Qu'avez-vous écrit sur « {0} » ?", "Avez-vous quelque chose sur « {0} » ?"),
    "it": ("Che cosa avete scritto su «{0}»?", "Avete qualcosa su «{0}»?"),
    "nl": ("Wat schrijven jullie over “{0}”?", "Hebben jullie iets over “{0}”?"),
    "pt": ("O que vocês escreveram sobre “{0}”?", "Vocês têm algo sobre “{0}”?"),
}
