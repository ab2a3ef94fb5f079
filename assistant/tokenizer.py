"""The base model's tokenizer and chat template: the last step from messages to token ids.

Pairs, training and every engine of ours go through `ChatTokenizer.render`, so a prompt has the
same ids everywhere. Engines that render on a remote server are told apart in `render_identity`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.base_files import check_base_files, check_template
from assistant.errors import ModelMissing
from assistant.records import Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# For base models that come without a template (Alpaca, the layout of Stanford's release of 2023).
ALPACA_TEMPLATE = (
    "{% for m in messages %}"
    "{% if m['role'] == 'system' %}{{ m['content'] + '\\n\\n' }}"
    "{% elif m['role'] == 'user' %}{{ '### Instruction:\\n' + m['content'] + '\\n\\n' }}"
    "{% else %}{{ '### Response:\\n' + m['content'] + eos_token + '\\n\\n' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '### Response:\\n' }}{% endif %}"
)


class ChatTokenizer:
    """A transformers tokenizer with a chat template, as the Tokenizer seam."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.inner = tokenizer
        if tokenizer.eos_token_id is None:
            raise ModelMissing(
                "the base's tokenizer has no end-of-turn token (eos_token), so no answer could"
                " end; use another base, or its instruct version"
            )
        if not tokenizer.chat_template:
            tokenizer.chat_template = ALPACA_TEMPLATE
        check_template(self.template)

    @property
    def template(self) -> str:
        """The chat template's source."""
        return str(self.inner.chat_template)

    @property
    def end_of_turn(self) -> int:
        """The id that ends the assistant's turn."""
        return int(self.inner.eos_token_id)

    def render(self, messages: Sequence[Message]) -> list[int]:
        """Return the ids of a prompt, the assistant's opening included."""
        return self._ids(messages, opening=True)

    def render_with_target(self, messages: Sequence[Message]) -> tuple[list[int], int]:
        """Return the ids of a whole example and where the learnt part starts.

        The learnt part is the last message with its end-of-turn token; what the template writes
        after that (a newline, say) is cut off.
        """
        prompt = self.render(messages[:-1])
        whole = self._ids(messages, opening=False)
        if whole[: len(prompt)] != prompt:
            raise ValueError("the chat template does not continue its own prompt; use another")
        while whole and whole[-1] != self.end_of_turn:
            whole.pop()
        return whole, len(prompt)

    def count(self, text: str) -> int:
        """Count the tokens of plain text."""
        return len(self.inner.encode(text, add_special_tokens=False))

    def _ids(self, messages: Sequence[Message], *, opening: bool) -> list[int]:
        from jinja2 import TemplateError

        try:
            text = self.inner.apply_chat_template(
                [{"role": m.role, "content": m.content} for m in messages],
                tokenize=False,
                add_generation_prompt=opening,
            )
        except (TemplateError, ArithmeticError, RecursionError, TypeError) as error:
            raise ModelMissing(f"the base's chat template fails: {error}") from error
        ids: list[int] = self.inner.encode(text, add_special_tokens=False)
        return ids


def load_tokenizer(folder: Path | str, revision: str | None = None) -> ChatTokenizer:
    """Load a tokenizer from a model folder or a pinned hub id; no remote code is run.

    ModelMissing where there is none, or where it lacks what a conversation needs.
    """
    from transformers import AutoTokenizer

    if Path(folder).is_absolute():
        check_base_files(Path(folder))
    try:
        inner = AutoTokenizer.from_pretrained(folder, revision=revision, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelMissing(
            f"{folder} has no tokenizer that can be loaded ({reason}); check models.base"
        ) from error
    return ChatTokenizer(inner)
