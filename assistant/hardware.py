"""What this machine has: cores, memory, an accelerator, and the number formats that are fast."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

import psutil

GB = 1024**3


@dataclass(frozen=True, slots=True)
class Hardware:
    """One machine. Memory in bytes; `gpu_memory` is 0 and `gpu` empty without a GPU.

    `bf16` says that the GPU computes in bfloat16; processors are taken to be fp32 machines.
    """

    cores: int
    memory: int
    gpu: str = ""
    gpu_memory: int = 0
    bf16: bool = False

    @property
    def device(self) -> Literal["cpu", "cuda"]:
        """Where torch should put the model."""
        return "cuda" if self.gpu else "cpu"

    @property
    def name(self) -> str:
        """The machine in words, for manifests and cards."""
        if self.gpu:
            return f"{self.gpu}, {self.gpu_memory / GB:.0f} GB"
        return f"{self.cores} CPU cores, {self.memory / GB:.0f} GB"


def share_cores() -> None:
    """Let waiting threads sleep; call before torch loads, or it has no effect.

    OpenMP's threads spin at every barrier, and wait there for one that another process has put
    off its core. Beside one busy process on two cores, training ran at 20 tokens/s spinning and at
    75 to 125 sleeping; alone it makes no difference.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "2000")


def find_hardware() -> Hardware:
    """Look at the machine; loads torch."""
    import torch

    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    memory = int(psutil.virtual_memory().total)
    if not torch.cuda.is_available():
        return Hardware(cores, memory)
    properties = torch.cuda.get_device_properties(0)
    return Hardware(
        cores,
        memory,
        gpu=properties.name,
        gpu_memory=int(properties.total_memory),
        bf16=torch.cuda.is_bf16_supported(including_emulation=False),
    )
