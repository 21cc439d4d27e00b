"""The text record of one episode: frozen, JSON-able, without a single tensor."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from textarena_rl.errors import MissingData
from textarena_rl.storage import written_whole

__all__ = ["Episode", "EpisodeError", "Turn", "read_episodes", "write_episodes"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange: what the world showed, what the policy replied, what it earned."""

    observation: str
    """What the world showed before the reply."""
    action: str
    """The policy's whole reply, as it was given."""
    reward: float = 0.0
    """The reward for this reply."""
    info: Mapping[str, Any] = field(default_factory=dict)
    """Diagnostics after the reply (JSON-able); never read by a trainer."""


@dataclass(frozen=True, slots=True)
class EpisodeError:
    """Why an episode could not be finished."""

    where: str
    """The boundary that broke: ``reset``, ``step``, ``engine`` or ``timeout``."""
    message: str
    """The error's own words."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One played episode, enough to read it, to replay it and to learn from it."""

    env_id: str
    """The id of the world, e.g. ``TextWorld-w2-o3-q4``."""
    task: str
    """Recreates the very same start through ``reset(options={"task": task})``."""
    objective: str
    """What the world asked for."""
    turns: tuple[Turn, ...]
    """The exchanges in order; empty only where the episode failed in ``reset``."""
    final_observation: str = ""
    """What was shown after the last reply."""
    terminated: bool = False
    """The world came to an end of its own: won or lost."""
    truncated: bool = False
    """The episode was cut short: turn limit, context limit."""
    won: bool = False
    """The world's own verdict."""
    score: float = 0.0
    """The world's score at the end."""
    max_score: float = 1.0
    """The highest score that this task allows."""
    error: EpisodeError | None = None
    """Set where the episode failed; such an episode is counted and kept out of the gradient."""

    @property
    def episode_return(self) -> float:
        """The undiscounted sum of the turn rewards."""
        return float(sum(turn.reward for turn in self.turns))

    @property
    def num_invalid_actions(self) -> int:
        """How many replies the world refused."""
        return sum(bool(turn.info.get("invalid_action")) for turn in self.turns)

    def to_json(self) -> str:
        """The episode as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Episode:
        """The inverse of :meth:`to_json`."""
        data = json.loads(line)
        data["turns"] = tuple(Turn(**turn) for turn in data["turns"])
        data["error"] = EpisodeError(**data["error"]) if data.get("error") else None
        return cls(**data)

    def to_text(self) -> str:
        """The episode as a person would read it."""
        verdict = "won" if self.won else "failed" if self.error else "lost" if self.terminated else "not won"
        lines = [f"# {self.env_id}  task {self.task}  {verdict} in {len(self.turns)} turns", "", self.objective, ""]
        for number, turn in enumerate(self.turns, 1):
            reply = f"[{number}] > {turn.action.strip()}    (reward {turn.reward:g})"
            lines += [turn.observation.strip(), "", reply, ""]
        lines.append(self.final_observation.strip())
        if self.error:
            lines.append(f"!! failed in {self.error.where}: {self.error.message}")
        return "\n".join(lines).rstrip() + "\n"


def write_episodes(path: str | Path, episodes: Iterable[Episode]) -> int:
    """Write episodes as JSON Lines, whole or not at all, and return how many there were."""
    count = 0
    with written_whole(path) as partial, partial.open("w", encoding="utf-8") as file:
        for episode in episodes:
            file.write(episode.to_json() + "\n")
            count += 1
    return count


def read_episodes(path: str | Path) -> Iterator[Episode]:
    """Read episodes from JSON Lines, one at a time.

    Raises:
        MissingData: The file is not there, or a line of it is not an episode.
    """
    source = Path(path)
    if not source.is_file():
        raise MissingData(f"{source}: expected a file of episodes, found none. Write one with `textarena-rl demos`.")
    with source.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                yield Episode.from_json(line)
            except (json.JSONDecodeError, KeyError, TypeError) as error:
                raise MissingData(
                    f"{source}, line {number}: expected one episode as JSON, got something else ({error}). "
                    "Write the file again with `textarena-rl demos`."
                ) from error
