"""The figures that the project holds itself to: read, checked against their data, written.

    python benchmarks/floors.py                          list the figures, check every digest
    python benchmarks/floors.py --write NAME VALUE       a new value, of today's data
    python benchmarks/floors.py --write NAME VALUE --noise N --on SET --command COMMAND

DATA, where the public sets lie, comes from MASTHEAD_DATA. A figure may fall by its noise band; what
falls further is a fault. Lower is better where `best` says so.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from pathlib import Path

HERE = Path(__file__).parent
FLOORS = HERE / "floors.json"
DEMO = HERE.parent / "data" / "demo"
KEYS = {"value", "noise", "best", "set", "sha256", "command"}


def read_floors() -> dict[str, dict]:
    return json.loads(FLOORS.read_text(encoding="utf-8"))


def find_set(name: str) -> Path | None:
    """Return a set's folder; None where it is not on this machine."""
    if name == "demo":
        return DEMO
    data = os.environ.get("MASTHEAD_DATA")
    folder = Path(data) / name if data else None
    return folder if folder and folder.is_dir() else None


def digest_set(folder: Path) -> str:
    """Return the sha256 over the names and bytes of a set's articles and questions."""
    told = hashlib.sha256()
    paths = [*folder.glob("articles/*"), *folder.glob("questions.jsonl"), *folder.glob("*.json")]
    for path in sorted(path for path in paths if path.is_file()):
        told.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        told.update(hashlib.sha256(path.read_bytes()).digest())
    return told.hexdigest()


def is_kept(floor: dict, measured: float) -> bool:
    """Whether a figure measured now is no worse than its floor, noise allowed."""
    better = measured - floor["value"] if floor["best"] == "high" else floor["value"] - measured
    return better >= -floor["noise"]


def write_floor(name: str, value: float, given: dict) -> None:
    floors = read_floors()
    floor = {**floors.get(name, {"best": "high"}), **given, "value": value}
    folder = find_set(floor.get("set", ""))
    if folder is None:
        raise SystemExit(f"{name}: no data set {floor.get('set')!r} here; set MASTHEAD_DATA")
    floor["sha256"] = digest_set(folder)
    if missing := KEYS - floor.keys():
        raise SystemExit(f"{name} is new; give {', '.join(f'--{key}' for key in sorted(missing))}")
    floors[name] = {key: floor[key] for key in sorted(KEYS)}
    FLOORS.write_text(json.dumps(floors, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", nargs=2, metavar=("NAME", "VALUE"))
    parser.add_argument("--noise", type=float)
    parser.add_argument("--best", choices=["high", "low"])
    parser.add_argument("--on", dest="set", metavar="SET")
    parser.add_argument("--command")
    options = vars(parser.parse_args())
    written = options.pop("write")
    if written:
        given = {key: value for key, value in options.items() if value is not None}
        write_floor(written[0], float(written[1]), given)
    for name, floor in read_floors().items():
        folder = find_set(floor["set"])
        state = "no data here" if folder is None else "same data"
        if folder is not None and digest_set(folder) != floor["sha256"]:
            state = "OTHER DATA, measure again"
        print(f"{floor['value']:8.3f} +- {floor['noise']:<6} {name} ({floor['set']}: {state})")


if __name__ == "__main__":
    main()
