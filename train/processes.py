"""The processes of one run, as `accelerate launch` starts them; one where nothing started more."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from assistant.hardware import Hardware


@dataclass(frozen=True, slots=True)
class Processes:
    """How many there are and which one this is; the first alone writes and speaks."""

    count: int = 1
    index: int = 0

    @property
    def is_first(self) -> bool:
        """Whether this process writes."""
        return self.index == 0

    def clock(self) -> float:
        """Return the first process's time, so that all decide the same; in seconds."""
        if self.count == 1:
            return time.monotonic()
        import torch

        device = "cuda" if torch.cuda.is_available() else "cpu"
        now = torch.tensor(time.monotonic(), dtype=torch.float64, device=device)
        torch.distributed.broadcast(now, src=0)
        return float(now)

    def wait(self) -> None:
        """Return when every process has come this far."""
        if self.count > 1:
            import torch

            torch.distributed.barrier()


def find_processes(hardware: Hardware) -> Processes:
    """Return this run's processes, joined where the launcher says that there are more."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return Processes()
    from accelerate import PartialState

    state = PartialState(cpu=hardware.device == "cpu")
    return Processes(state.num_processes, state.process_index)
