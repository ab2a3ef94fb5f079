"""TRL's SFTTrainer for our rows: loss on target tokens only, a schedule that a budget can set.

SFTConfig is built here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from assistant.hardware import Hardware
from assistant.tokenizer import ChatTokenizer
from train.batches import is_padding_free, join_rows
from train.examples import IGNORED, Example
from train.losses import target_losses
from train.model import uses_liger
from train.plan import StepPlan
from train.presets import Preset
from train.state import seed_step

if TYPE_CHECKING:
    import torch
    from peft import PeftModel
    from transformers import TrainerControl, TrainerState, TrainingArguments
    from trl import SFTConfig, SFTTrainer

# Called after each optimiser step with its number (from 1) and mean loss; True ends the run.
AfterStep = Callable[[int, float], bool]
_ORTHOGONALITY = 0.5  # AdaLoRA's own weight of its regulariser (arXiv 2303.10512, equation 4)


def build_sft_config(
    preset: Preset,
    hardware: Hardware,
    *,
    n_steps: int,
    rate: float,
    seed: int,
    scratch: str,
    n_processes: int = 1,
) -> SFTConfig:
    """Return the trainer's settings; everything that would write, report or pad is off."""
    from trl import SFTConfig

    return SFTConfig(
        output_dir=scratch,
        max_steps=n_steps,
        per_device_train_batch_size=preset.rows_at_once,
        gradient_accumulation_steps=preset.count_micro_batches(n_processes),
        learning_rate=rate,
        weight_decay=preset.weight_decay,
        max_grad_norm=1.0,
        optim="adamw_bnb_8bit" if preset.optimiser == "adamw-8bit" else "adamw_torch",
        # TRL turns both of these on by default, bf16 even where the processor has none.
        bf16=hardware.bf16,
        activation_checkpointing=preset.checkpointing,
        use_liger_kernel=uses_liger(preset, hardware),
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
    *,
    preset: Preset,
    hardware: Hardware,
    done: int = 0,
    at_start: Callable[[SFTTrainer], None] = lambda _: None,
) -> SFTTrainer:
    """Return a trainer over `rows`, which are in the order to be read and follow `done` steps.

    `at_start` may put a checkpoint's state back, once model and optimiser are ready.
    """
    import datasets
    import transformers

    columns = {
        "input_ids": [list(row.ids) for row in rows],
        "labels": [row.labels for row in rows],
    }
    watch = _make_watch(after_step, preset, plan, done, at_start)
    trainer = _make_trainer_class(preset, plan, done)(
        model=model,
        args=config,
        train_dataset=datasets.Dataset.from_dict(columns),
        processing_class=tokenizer.inner,
        data_collator=join_rows if is_padding_free(preset, hardware) else None,
        callbacks=[watch],
    )
    watch.trainer = trainer
    # Without a bar it prints its own account to stdout, which is ours.
    trainer.remove_callback(transformers.PrinterCallback)
    # TRL rounds the adapter of a quantised base to bf16, where a step of 1e-3 is mostly lost.
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return trainer


def _make_trainer_class(preset: Preset, plan: StepPlan, done: int) -> type[SFTTrainer]:
    import torch
    import trl
    from peft.optimizers import create_loraplus_optimizer

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
            mask = inputs.get("attention_mask") if len(ids) > 1 else None
            total = target_losses(model, ids, labels, mask, inputs.get("position_ids")).sum()
            # Processes average their gradients, and the count is that of all of them.
            shares = self.accelerator.num_processes if num_items_in_batch is not None else 1
            loss = total * shares / (num_items_in_batch or (labels[:, 1:] != IGNORED).sum())
            self.step_loss += float(loss.detach())
            if preset.method == "adalora":
                loss = loss + orthogonality(model) / self.args.gradient_accumulation_steps
            return (loss, None) if return_outputs else loss

        def create_optimizer(self, model: torch.nn.Module | None = None) -> torch.optim.Optimizer:
            if preset.lora_plus is None:
                plain: torch.optim.Optimizer = super().create_optimizer(model)
                return plain
            kind, options = self.get_optimizer_cls_and_kwargs(self.args)
            rate = options.pop("lr")
            optimiser: torch.optim.Optimizer = create_loraplus_optimizer(
                model or self.model,
                kind,
                lr=rate,
                loraplus_lr_ratio=preset.lora_plus,
                loraplus_weight_decay=preset.weight_decay,
                **options,
            )
            self.optimizer = optimiser
            return optimiser

        def create_scheduler(
            self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None
        ) -> torch.optim.lr_scheduler.LRScheduler:
            schedule = torch.optim.lr_scheduler.LambdaLR(
                optimizer or self.optimizer, lambda step: plan.rate_factor(step + done)
            )
            self.lr_scheduler = schedule
            self._created_lr_scheduler = True
            return schedule

        def _send_telemetry(self) -> None:
            """TRL would send the model's type and the GPU's name to its hub."""

    return AnswerTrainer


def _make_watch(
    after_step: AfterStep,
    preset: Preset,
    plan: StepPlan,
    done: int,
    at_start: Callable[[SFTTrainer], None],
) -> Any:  # noqa: ANN401 - a callback of transformers with the trainer on it
    import torch
    import transformers

    class StepWatch(transformers.TrainerCallback):  # type: ignore[misc]
        """Puts a checkpoint back, seeds and rates each step, shares out ranks, hands on losses."""

        trainer: Any = None

        def on_train_begin(self, args: TrainingArguments, *_: object, **kwargs: object) -> None:
            at_start(self.trainer)

        def on_step_begin(
            self, args: TrainingArguments, state: TrainerState, *_: object, **kwargs: object
        ) -> None:
            seed_step(args.seed, done + state.global_step, args.process_index)
            # The schedule looked ahead to this step before a budget may have set the plan's total.
            for group in self.trainer.optimizer.param_groups:
                group["lr"] = group["initial_lr"] * plan.rate_factor(done + state.global_step)

        def on_optimizer_step(
            self, args: TrainingArguments, state: TrainerState, *_: object, **kwargs: object
        ) -> None:
            if preset.method == "adalora":
                _share_out(
                    self.trainer.accelerator.unwrap_model(self.trainer.model),
                    done + state.global_step + 1,
                    plan.total,
                )

        def on_step_end(
            self,
            args: TrainingArguments,
            state: TrainerState,
            control: TrainerControl,
            **kwargs: object,
        ) -> TrainerControl:
            trainer = self.trainer
            loss, trainer.step_loss = trainer.step_loss, 0.0
            if trainer.accelerator.num_processes > 1:
                shared = torch.tensor(loss, device=args.device)
                loss = float(trainer.accelerator.reduce(shared, "mean"))
            control.should_training_stop = after_step(done + state.global_step, loss)
            return control

    return StepWatch()


def _share_out(model: PeftModel, step: int, total: int) -> None:
    """Let AdaLoRA prune after a step; its schedule follows the plan's total."""
    config = model.peft_config["default"]
    config.total_step = total
    config.tfinal, config.tinit = total // 5, total // 10
    model.base_model.update_and_allocate(step)


def orthogonality(model: PeftModel) -> torch.Tensor:
    """Return AdaLoRA's regulariser: how far its A and B are from orthogonal, on average."""
    import torch

    sides = [
        p if "lora_A" in name else p.T
        for name, p in model.named_parameters()
        if "lora_A" in name or "lora_B" in name
    ]
    off = [torch.norm(p @ p.T - torch.eye(len(p), device=p.device)) for p in sides]
    return _ORTHOGONALITY * torch.stack(off).mean()
