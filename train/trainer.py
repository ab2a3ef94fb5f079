"""TRL's SFTTrainer for our rows: loss on target tokens only, a schedule that a budget can set.

SFTConfig is built here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from assistant.hardware import Hardware
from assistant.tokenizer import ChatTokenizer
from train.examples import Example
from train.losses import target_losses
from train.plan import StepPlan
from train.presets import Preset

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import TrainerControl, TrainerState, TrainingArguments
    from trl import SFTConfig, SFTTrainer

# Called after each optimiser step with its number (from 1) and mean loss; True ends the run.
AfterStep = Callable[[int, float], bool]


def build_sft_config(
    preset: Preset, hardware: Hardware, *, n_steps: int, rate: float, seed: int, scratch: str
) -> SFTConfig:
    """Return the trainer's settings; everything that would write, report or pad is off."""
    from trl import SFTConfig

    return SFTConfig(
        output_dir=scratch,
        max_steps=n_steps,
        per_device_train_batch_size=preset.rows_at_once,
        gradient_accumulation_steps=preset.micro_batches,
        learning_rate=rate,
        weight_decay=0.0,
        max_grad_norm=1.0,
        optim="adamw_torch",
        # TRL turns both of these on by default, bf16 even where the processor has none.
        bf16=hardware.bf16,
        activation_checkpointing=preset.checkpointing,
        use_cpu=hardware.device == "cpu",
        max_length=None,
        packing=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        train_sampling_strategy="sequential",
        dataloader_num_workers=0,
        dataloader_pin_memory=hardware.device == "cuda",
        logging_strategy="no",
        save_strategy="no",
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=seed,
    )


def build_trainer(
    model: PeftModel,
    rows: Sequence[Example],
    tokenizer: ChatTokenizer,
    config: SFTConfig,
    plan: StepPlan,
    after_step: AfterStep,
) -> SFTTrainer:
    """Return a trainer over `rows`, which are already in the order to be read."""
    import datasets
    import torch
    import transformers
    import trl

    class AnswerTrainer(trl.SFTTrainer):  # type: ignore[misc]
        """Scores only target positions, follows the plan's schedule, and phones nobody."""

        loss_is_scaled_for_ga = True
        step_loss = 0.0

        def compute_loss(
            self,
            model: PeftModel,
            inputs: dict[str, torch.Tensor],
            return_outputs: bool = False,
            num_items_in_batch: torch.Tensor | int | None = None,
        ) -> torch.Tensor | tuple[torch.Tensor, None]:
            ids, labels = inputs["input_ids"], inputs["labels"]
            # A single row has no padding; without a mask attention takes its fast causal path.
            mask = inputs["attention_mask"] if len(ids) > 1 else None
            total = target_losses(model, ids, labels, mask).sum()
            loss = total / (num_items_in_batch or (labels[:, 1:] >= 0).sum())
            return (loss, None) if return_outputs else loss

        def training_step(self, *args: object, **kwargs: object) -> torch.Tensor:
            loss: torch.Tensor = super().training_step(*args, **kwargs)
            self.step_loss += float(loss)
            return loss

        def create_scheduler(
            self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None
        ) -> torch.optim.lr_scheduler.LRScheduler:
            self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(
                optimizer or self.optimizer, plan.rate_factor
            )
            self._created_lr_scheduler = True
            return self.lr_scheduler

        def _send_telemetry(self) -> None:
            """TRL would send the model's type and the GPU's name to its hub."""

    class StepWatch(transformers.TrainerCallback):  # type: ignore[misc]
        """Hands each step to `after_step`."""

        def on_step_end(
            self,
            args: TrainingArguments,
            state: TrainerState,
            control: TrainerControl,
            **kwargs: object,
        ) -> TrainerControl:
            loss, trainer.step_loss = trainer.step_loss, 0.0
            control.should_training_stop = after_step(state.global_step, loss)
            return control

    columns = {
        "input_ids": [list(row.ids) for row in rows],
        "labels": [row.labels for row in rows],
    }
    trainer = AnswerTrainer(
        model=model,
        args=config,
        train_dataset=datasets.Dataset.from_dict(columns),
        processing_class=tokenizer.inner,
        callbacks=[StepWatch()],
    )
    # Without a bar it prints its own account to stdout, which is ours.
    trainer.remove_callback(transformers.PrinterCallback)
    # TRL rounds the adapter of a quantised base to bf16, where a step of 1e-3 is mostly lost.
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return trainer
