"""The steps of one run: rows in their order, TRL's loop over them, checkpoints on the way."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from train.batches import check_batch
from train.checkpoint import Checkpoint, write_checkpoint
from train.data import TrainingData
from train.examples import Example
from train.plan import StepPlan, count_steps, order_rows
from train.presets import Preset
from train.report import Setup
from train.session import Session
from train.state import pack_state, restore_state
from train.trainer import AfterStep, build_sft_config, build_trainer

if TYPE_CHECKING:
    from peft import PeftModel
    from trl import SFTTrainer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Steps:
    """What the steps are made of: `rows` are those of all steps, in order."""

    data: TrainingData
    preset: Preset
    setup: Setup
    rate: float
    plan: StepPlan
    rows: Sequence[Example]

    @property
    def step_tokens(self) -> list[int]:
        """The tokens of each step, prompts included."""
        size = self.preset.rows_per_step
        starts = range(0, len(self.rows), size)
        return [sum(len(row.ids) for row in self.rows[start : start + size]) for start in starts]

    def train(
        self,
        model: PeftModel,
        after_step: AfterStep,
        *,
        done: int = 0,
        at_start: Callable[[SFTTrainer], None] = lambda _: None,
    ) -> None:
        """Take the steps after `done`, until `after_step` says to end or the rows do."""
        with TemporaryDirectory() as scratch:
            config = build_sft_config(
                self.preset,
                self.setup.hardware,
                n_steps=len(self.step_tokens) - done,
                rate=self.rate,
                seed=self.setup.seed,
                scratch=scratch,
                n_processes=self.setup.processes.count,
            )
            rows = self.rows[done * self.preset.rows_per_step :]
            trainer = build_trainer(
                model, rows, self.data.tokenizer, config, self.plan, after_step,
                preset=self.preset, hardware=self.setup.hardware, done=done, at_start=at_start,
            )  # fmt: skip
            check_batch(trainer, rows, self.data.tokenizer.end_of_turn)
            trainer.train()


def plan_steps(
    data: TrainingData, preset: Preset, setup: Setup, rate: float, n_steps: int | None = None
) -> Steps:
    """Return the steps of all epochs, or the first `n_steps` with a schedule of their own."""
    size = preset.rows_per_step
    total = n_steps or count_steps(len(data.train), preset.epochs, size)
    order = order_rows(len(data.train), total, size, setup.seed)
    plan = StepPlan(total, preset.schedule, preset.warm_up)
    return Steps(data, preset, setup, rate, plan, [data.train[number] for number in order])


def run_session(
    steps: Steps,
    model: PeftModel,
    make_session: Callable[[Callable[[Session], None]], Session],
    *,
    folder: Path,
    facts: Mapping[str, Any],
    run: Mapping[str, Any],
    resumed: Checkpoint | None,
) -> Session:
    """Take the steps with checks and checkpoints in `folder`; `facts` go into each of them."""
    trainers: list[SFTTrainer] = []

    def at_start(trainer: SFTTrainer) -> None:
        trainers.append(trainer)
        if trainer.is_fsdp_enabled:
            log.warning("a run split by FSDP leaves no checkpoints; it cannot be resumed")
        if resumed is not None:
            about = resumed.facts["state"]
            restore_state(model, trainer.optimizer, resumed.tensors, about)
        session.begin()

    def save(session: Session) -> None:
        if not steps.setup.processes.is_first or trainers[0].is_fsdp_enabled:
            return
        groups, about = pack_state(model, trainers[0].optimizer)
        if session.best_so_far is not None:
            groups["best"] = dict(session.best_so_far)
        everything = {**facts, "state": about, "session": session.to_facts()}
        write_checkpoint(folder, Checkpoint(session.steps, run, everything, groups))

    session = make_session(save)
    if resumed is not None:
        best = resumed.tensors.get("best")
        session.restore(resumed.facts["session"], dict(best) if best else None)
    steps.train(
        model, session.after_step, done=0 if resumed is None else resumed.step, at_start=at_start
    )
    session.check()
    return session
