"""Text in, token ids out: how observations become prompts and replies become actions.

A conversation is only ever appended to. Its first prompt is what the model's own chat template renders; what stands
between a reply and the next one is cut out of the template once, with marked dummy messages. Nothing that is already
token ids is decoded and encoded again, so the trainer sees exactly the tokens that the sampler saw.
"""

from __future__ import annotations

import datetime
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from jinja2.exceptions import TemplateError

from textarena_rl.errors import InvalidConfig

if TYPE_CHECKING:  # the wording of messages is also asked for where torch is not installed
    from trainers.types import Trajectory

__all__ = ["PLAIN_TEMPLATE", "REFUSED", "Chat", "ChatFormat", "show_tokens"]

PLAIN_TEMPLATE = (
    "{% if bos_token is defined and bos_token %}{{ bos_token }}{% endif %}"
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}Reply:\n{{ message['content'] }}{{ eos_token }}\n\n"
    "{% else %}{{ message['content'] }}\n\n{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}Reply:\n{% endif %}"
)
"""For tokenizers that bring no chat template."""

REFUSED = ""
"""What the world is given where a reply holds no action; every world refuses it and counts the turn."""

_ANSWERS = {
    "plain": "Reply with one command that begins with a verb, for example: open box",
    "think": "Reply with your thoughts and one command that begins with a verb, for example: "
    "<think>The key may be inside.</think><action>open box</action>",
}
_THOUGHT_AND_ACTION = re.compile(
    r"\s*<think>(?:(?!</think>).)*</think>\s*<action>((?:(?!</?action>).)*)</action>\s*", re.DOTALL
)
_FIRST, _REPLY, _NEXT = "firstmark0", "replymark1", "nextmark2"
# Some templates print today's date; a run that is resumed tomorrow must see the same prompts.
_FIXED_DAY = datetime.datetime(2024, 7, 26)


@dataclass(frozen=True)
class ChatFormat:
    """The wording of the messages.

    ``{objective}``, ``{observation}`` and ``{answer}`` (how to reply in this style) are filled in; other braces stay.

    Raises:
        InvalidConfig: A user message does not show the observation, or the style is unknown.
    """

    system: str | None = "You act in a text world. {answer}"
    """The system message (none: whatever the model's template puts there)."""
    first: str = "Goal: {objective}\n\nState: {observation}"
    """The first user message."""
    then: str = "State: {observation}"
    """Every later user message."""
    style: Literal["plain", "think"] = "plain"
    """``plain``: the whole reply is the action; ``think``: ``<think>...</think><action>...</action>``."""

    def __post_init__(self) -> None:
        if self.style not in _ANSWERS:
            raise InvalidConfig(f"ChatFormat: expected style to be one of {', '.join(_ANSWERS)}, got {self.style!r}.")
        for name in ("first", "then"):
            if "{observation}" not in getattr(self, name):
                raise InvalidConfig(
                    f"ChatFormat.{name}: expected a template with {{observation}}, got {getattr(self, name)!r}. "
                    "Put {observation} where the world's text belongs."
                )

    def fill(self, template: str, *, objective: str = "", observation: str = "") -> str:
        """The template with its fields filled in, without blanks around it."""
        values = {"objective": objective.strip(), "observation": observation.strip(), "answer": _ANSWERS[self.style]}
        return re.sub(r"\{(objective|observation|answer)\}", lambda match: values[match[1]], template).strip()


@dataclass(frozen=True, slots=True)
class _Layout:
    """A template, cut into what surrounds the messages."""

    head: str
    """Before the first user message, the system block included."""
    opening: str
    """Between the first user message and the first reply."""
    closing: str
    """After a reply that ends the conversation."""
    between: str
    """Between a reply and the next user message."""
    next_opening: str
    """Between a later user message and its reply."""
    rewrites_history: bool
    """The template renders an earlier turn differently once there is a later one."""


class Chat:
    """Turns the texts of an episode into prompts for one model, and its replies into actions.

    Templates that rewrite earlier turns (drop thoughts, move the system message) are told at construction and not
    followed: every turn stays as it was sampled. Text of the world that spells a control token such as ``<|im_end|>``
    is encoded as ordinary characters.

    Args:
        tokenizer: A Hugging Face tokenizer. Without a chat template it gets :data:`PLAIN_TEMPLATE`.
        format: The wording.

    Raises:
        InvalidConfig: The tokenizer has no token that ends a reply, or its template leaves a message out.
    """

    def __init__(self, tokenizer: Any, format: ChatFormat | None = None) -> None:
        self.tokenizer = tokenizer
        self.format = ChatFormat() if format is None else format
        special = {i: str(token) for i, token in tokenizer.added_tokens_decoder.items() if token.special}
        special.update(zip(tokenizer.all_special_ids, tokenizer.all_special_tokens, strict=True))
        self._control_ids = frozenset(special)
        self._control_text = re.compile("|".join(map(re.escape, sorted(filter(None, special.values()), key=len)[::-1])))
        self._system = self.format.fill(self.format.system or "")
        self._system_in_user = False
        layout = self._find_layout()
        self._head, self._opening, self._next_opening = layout.head, layout.opening, layout.next_opening
        self.end_id = self._find_end(layout.closing)
        eos_id = tokenizer.eos_token_id
        self.stop_ids: tuple[int, ...] = tuple(dict.fromkeys(i for i in (self.end_id, eos_id) if i is not None))
        end_text = tokenizer.convert_ids_to_tokens(self.end_id)
        _, found, rest = layout.between.partition(end_text)
        self._glue = rest if found else layout.between
        self.rewrites_history = layout.rewrites_history
        self._prefilled = "<think>" if layout.opening.rstrip().endswith("<think>") else ""
        self._check_style()
        self._encode = lru_cache(maxsize=4096)(self._encode_message)
        self._template_ids = lru_cache(maxsize=8)(self._ids)

    # ------------------------------------------------------------------ prompts

    def start(self, objective: str, observation: str) -> tuple[int, ...]:
        """The ids of the first prompt, up to where the reply begins."""
        text = self.format.fill(self.format.first, objective=objective, observation=observation)
        if self._system_in_user:
            text = f"{self._system}\n\n{text}"
        return self._encode(self._head, text, self._opening)

    def extend(self, prompt_ids: Sequence[int], action_ids: Sequence[int], observation: str) -> tuple[int, ...]:
        """The next prompt: the last one, the reply's very ids, and the next observation.

        A reply that the length limit cut off gets the end token that it lacks; that token is context, not action.
        """
        ended = bool(action_ids) and action_ids[-1] == self.end_id
        end = () if ended else (self.end_id,)
        text = self.format.fill(self.format.then, observation=observation)
        return (*prompt_ids, *action_ids, *end, *self._encode(self._glue, text, self._next_opening))

    # ------------------------------------------------------------------ replies

    def encode_reply(self, reply: str) -> tuple[int, ...]:
        """The ids of a reply's text, its end token included."""
        return (*self._encode("", reply, ""), self.end_id)

    def encode_action(self, action: str) -> tuple[int, ...]:
        """The ids of a demonstrated reply: the action in this chat's style (its thought empty), and the end token."""
        if self.format.style == "think" and self.parse(action) == REFUSED:
            action = f"<think></think><action>{action.strip()}</action>".removeprefix(self._prefilled)
        return self.encode_reply(action)

    def decode(self, action_ids: Sequence[int]) -> str:
        """The text of a reply, without its end token."""
        return _text(self.tokenizer, action_ids[:-1] if action_ids and action_ids[-1] in self.stop_ids else action_ids)

    def decode_prompt(self, prompt_ids: Sequence[int]) -> str:
        """The text of a prompt, control tokens included."""
        return _text(self.tokenizer, prompt_ids)

    def parse(self, reply: str) -> str:
        """What the world is given for a reply; :data:`REFUSED` where the style asks for tags that are not there."""
        if self.format.style == "plain":
            return reply.strip()
        match = _THOUGHT_AND_ACTION.fullmatch(self._prefilled + reply)
        return match[1].strip() if match else REFUSED

    # ------------------------------------------------------------------ encoding

    def _ids(self, text: str, **options: bool) -> tuple[int, ...]:
        return tuple(self.tokenizer.encode(text, add_special_tokens=False, **options)) if text else ()

    def _encode_message(self, before: str, text: str, after: str) -> tuple[int, ...]:
        """Ids of template text around a message; control tokens come from the template alone."""
        ids = self._ids(before + text + after)
        head, tail = self._template_ids(before), self._template_ids(after)
        if self._count_control(ids) == self._count_control(head) + self._count_control(tail):
            return ids
        return (*head, *self._ids_without_control(text), *tail)

    def _ids_without_control(self, text: str) -> tuple[int, ...]:
        ids = self._ids(text, split_special_tokens=True)
        if not self._count_control(ids):
            return ids
        # This tokenizer knows no such option: a blank inside each control token's name breaks it up.
        return self._ids(self._control_text.sub(lambda match: f"{match[0][:1]} {match[0][1:]}", text))

    def _count_control(self, ids: Sequence[int]) -> int:
        return sum(i in self._control_ids for i in ids)

    # ------------------------------------------------------------------ the template, once

    def _find_layout(self) -> _Layout:
        if self._system:
            layout = self._cut([{"role": "system", "content": self._system}])
            if layout is not None and self._system in layout.head and self._system not in layout.between:
                return layout
            self._system_in_user = True
        layout = self._cut([])
        if layout is None:
            raise InvalidConfig(
                "Chat: expected a chat template that shows user and assistant messages in order, once each, got one "
                "that does not. Set tokenizer.chat_template to the model's right template, or to None for a plain one."
            )
        return layout

    def _cut(self, system: list[dict[str, str]]) -> _Layout | None:
        """The pieces of the template around marked messages; None where it refuses or loses one."""
        user, again = {"role": "user", "content": _FIRST}, {"role": "user", "content": _NEXT}
        reply = {"role": "assistant", "content": _REPLY}
        try:
            first = self._render([*system, user], True)
            single = self._render([*system, user, reply], False)
            double = self._render([*system, user, reply, again], True)
            thought = {"role": "assistant", "content": f"<think>{_REPLY}</think>{_REPLY}"}
            thoughtful = self._render([*system, user, thought, again], True)
        except TemplateError:
            return None
        prompt = _split(first, _FIRST)
        alone = _split(single, _FIRST, _REPLY)
        followed = _split(double, _FIRST, _REPLY, _NEXT)
        if prompt is None or alone is None or followed is None:
            return None
        drops_thoughts = self.format.style == "think" and thoughtful.count(_REPLY) < 2
        # Blanks aside: some templates begin a reply with one that their generation prompt lacks.
        rewrites = drops_thoughts or not "".join(double.split()).startswith("".join(first.split()) + _REPLY)
        return _Layout(prompt[0], prompt[1], alone[2], followed[2], followed[3], rewrites)

    def _render(self, messages: list[dict[str, str]], add_generation_prompt: bool) -> str:
        strftime: Callable[[str], str] = _FIXED_DAY.strftime
        text: str = self.tokenizer.apply_chat_template(
            messages,
            chat_template=None if self.tokenizer.chat_template else PLAIN_TEMPLATE,
            tokenize=False,
            add_generation_prompt=add_generation_prompt,
            enable_thinking=self.format.style == "think",
            strftime_now=strftime,
        )
        return text

    def _find_end(self, closing: str) -> int:
        """The first control token after a reply, else the tokenizer's end of text."""
        end = next((i for i in self._ids(closing) if i in self._control_ids), self.tokenizer.eos_token_id)
        if end is None:
            raise InvalidConfig(
                "Chat: expected a token that ends a reply, got a tokenizer with none in its chat template and no "
                "eos_token. Set tokenizer.eos_token to a token that the model knows."
            )
        return int(end)

    def _check_style(self) -> None:
        if self._prefilled and self.format.style == "plain":
            raise InvalidConfig(
                "Chat: expected prompts in which the reply is the action, got a chat template that opens each reply "
                "with <think>. Set chat.style to think."
            )
        if self.rewrites_history:
            warnings.warn(
                "Chat: this model's chat template rewrites earlier turns. Here every turn stays as it was sampled; "
                "serve the trained model in the same way.",
                stacklevel=3,
            )


def _text(tokenizer: Any, ids: Sequence[int]) -> str:
    text: str = tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False)
    return text


def _split(text: str, *marks: str) -> list[str] | None:
    """The text around the marks; None unless each is there once, in order."""
    pieces = []
    for mark in marks:
        if text.count(mark) != 1:
            return None
        piece, _, text = text.partition(mark)
        pieces.append(piece)
    return [*pieces, text]


def show_tokens(trajectory: Trajectory, tokenizer: Any) -> list[tuple[str, bool]]:
    """The trajectory's token rows as text, in stretches: what the policy sampled is True, what it only read is False.

    A prompt that does not extend what came before is shown whole, as the trainer starts a new row there.
    """
    stretches: list[tuple[str, bool]] = []
    row: tuple[int, ...] = ()

    def show(ids: Sequence[int], trained: bool) -> None:
        if ids:
            stretches.append((_text(tokenizer, ids), trained))

    for turn in trajectory.turns:
        show(turn.prompt_ids[len(row) :] if turn.prompt_ids[: len(row)] == row else turn.prompt_ids, False)
        show(turn.action_ids, True)
        row = turn.prompt_ids + turn.action_ids
    if trajectory.final_prompt_ids is not None:
        final = trajectory.final_prompt_ids
        show(final[len(row) :] if final[: len(row)] == row else final, False)
    return stretches
