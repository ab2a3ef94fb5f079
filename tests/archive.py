"""A made publication about canal boats: titles that are common words, updates, series, desks."""

from __future__ import annotations

from assistant.records import Article


def _article(
    name: str, title: str, published: str, desk: str, tags: str, body: str, **more: str
) -> Article:
    return Article(
        id=name,
        title=title,
        body=body,
        file=f"{name}.md",
        url=f"https://towpath.example/{name}",
        published=published,
        authors=(f"The {desk} Desk",),
        tags=tuple(tags.split()),
        **more,
    )


ARCHIVE = (
    _article(
        "lock-works", "How a lock works", "2023-03-07", "Lock", "locks",
        "A paddle lets water into the chamber. Open the gates only when both levels are equal.\n\n"
        "A broad lock takes about ten minutes to fill.",
        series="Locks from the bottom",
    ),
    _article(
        "locks", "Locks", "2023-05-02", "Lock", "locks glossary",
        "Here is a short list of words. The cill is the ledge under the upper gate.",
    ),
    _article(
        "staircases", "Staircases, in order", "2023-06-06", "Lock", "locks",
        "In a staircase of locks the upper chamber empties into the lower one."
        " Fill the bottom chamber before you leave the top.",
        series="Locks from the bottom",
    ),
    _article(
        "fees-2023", "Licence fees, 2023", "2023-02-07", "Mooring", "licences",
        "A licence for a boat of 17 metres costs 1,120 pounds a year."
        " The discount for one payment is 5 per cent.",
        superseded_by="fees-2024",
    ),
    _article(
        "fees-2024", "Licence fees, 2024", "2024-02-06", "Mooring", "licences",
        "A licence for a boat of 17 metres costs 1,180 pounds a year."
        " The discount for one payment is 4 per cent.",
        superseded_by="fees-2025",
    ),
    _article(
        "fees-2025", "Licence fees, 2025", "2025-02-04", "Mooring", "licences",
        "A licence for a boat of 17 metres costs 1,250 pounds a year."
        " The discount for one payment is 2.5 per cent.",
    ),
    _article(
        "winter", "Winter, without ice", "2024-11-05", "Engine", "engines winter",
        "Drain the cooling circuit before the first frost. Leave a tap open when drained."
        " Fill the diesel tank so that no water settles in it.",
    ),
    _article(
        "first-hour", "Your engine\u2019s first hour", "2024-04-02", "Engine", "engines",
        "Run a cold diesel engine at a fast idle for two minutes."
        " Check the belt and the oil before you cast off.",
    ),
    _article(
        "oil", "The oil that we use", "2022-09-06", "Engine", "engines",
        "Change the engine oil every 150 hours. We use a mineral oil of grade 20W-50.",
        superseded_by="oil-now",
    ),
    _article(
        "oil-now", "The oil that we use now", "2025-06-03", "Engine", "engines",
        "Change the engine oil every 100 hours. We use a mineral oil of grade 15W-40.",
    ),
    _article(
        "soft-bank", "Mooring where the bank is soft", "2023-10-03", "Mooring", "moorings",
        "On a soft bank drive two pins in at an angle. Lay a plank between the hull and the bank.",
        updated="2025-09-02",
    ),
    _article(
        "ropes", "A rope for every job", "2022-05-03", "Mooring", "moorings ropes",
        "Polyester stretches little and suits a centre line. Nylon stretches and suits a mooring"
        " line. A rope lasts about five years on deck.",
    ),
    _article(
        "one-mile", "\u201cJust one more mile\u201d: stopping in time", "2024-08-06", "Mooring",
        "moorings",
        "Moor your boat an hour before dusk. A crew that is tired falls in more often.",
    ),
    _article(
        "batteries", "Batteries", "2025-03-04", "Engine", "electrics",
        "A lead battery should not fall below half of its charge."
        " A lithium battery may fall to a fifth of its charge.",
    ),
    _article(
        "solar", "Solar on a small roof", "2025-05-06", "Engine", "electrics",
        "A panel of 100 watts gives about 40 amp hours on a day in June."
        " Shade from one tree costs half of that.",
    ),
)  # fmt: skip
