"""The official games as environments, once the user has imported them."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from textarena_rl.envs.alfworld.env import HouseholdEnv
from textarena_rl.envs.alfworld.games import TASK_TYPES
from textarena_rl.envs.alfworld.house import House
from textarena_rl.envs.alfworld.pack import GET_DATA, Pack, imported, pack_path
from textarena_rl.errors import InvalidConfig, MissingData

__all__ = ["OfficialEnv", "TrainEnv", "ValidSeenEnv", "ValidUnseenEnv"]

_ALSO_CALLED = {"valid": "valid_seen", "test": "valid_unseen"}
"""What other worlds, and the trainer's configuration, call these splits."""


class OfficialEnv(HouseholdEnv):
    """The official games of ALFWorld: 3,553 to train on, 140 in rooms seen in training, 134 in rooms that are not.

    Played by the same engine as every ``ALFWorld-...`` id, without the original's packages, and equal to the original
    byte for byte. The games are the user's: ``textarena-rl import-data alfworld PATH`` reads the folder
    ``$ALFWORLD_DATA`` or a release archive, once.

    Action Space:
        As in ``ALFWorld-heat-r20-o30``: ``textarena-rl describe ALFWorld-heat-r20-o30`` lists the commands.

    Observation Space:
        The answer to the command. The first text lists the receptacles and states the chore.

    Starting State:
        One of the games of the split, drawn by ``reset``. A task is the game's id, ``split/task/trial``, as its folders
        are named; ``options={"task": id}`` asks for one, and ``tasks()[n]`` is the id of the n-th, in order.

    Rewards:
        1 at the winning turn, 0 at every other. ``textarena_rl.wrappers.DenseReward`` pays the changes of
        ``info["goal_condition_success_rate"]``.

    Episode End:
        Terminated when the chore is done (won). Truncated after ``max_turns`` turns. Games cannot be lost.

    Information:
        What every world tells; ``goal_condition_success_rate``, ``task_type`` and ``game_id``; on request
        ``admissible_actions``, ``expert_actions`` (a shortest win from here, not the recorded walkthrough) and
        ``progress``.

    Arguments:
        split: ``train``, ``valid_seen`` (also ``valid``) or ``valid_unseen`` (also ``test``); by default the one in the
            id. ``valid_train``, 200 further games that older data holds, is played as well where it was imported.
        task_type: ``all``, or only the games of one type: ``pick``, ``look``, ``clean``, ``heat``, ``cool``, ``two``.
        text_version: ``0.4``, or ``0.3`` for prompts and scores of alfworld before 0.4, whatever version the files
            were made for.
        strict: True keeps every quirk of the original; False repairs what players complain about.
        max_turns: Turns until truncation.
        admissible_actions, expert_actions, progress: What to add to ``info``.

    Version History:
        1: the first.

    Raises:
        InvalidConfig: An argument is not one of those allowed; in ``reset``, there is no such task.
        MissingData: The games were not imported, or the pack is damaged.
    """

    splits = ("train", "valid_seen", "valid_unseen")
    default_split = "train"

    def __init__(
        self,
        *,
        split: str | None = None,
        task_type: str = "all",
        text_version: str = "0.4",
        strict: bool = True,
        max_turns: int = 50,
        admissible_actions: bool = False,
        expert_actions: bool = False,
        progress: bool = False,
        render_mode: str | None = None,
    ) -> None:
        where = type(self).__name__
        if task_type not in (*TASK_TYPES, "all"):
            raise InvalidConfig(
                f"{where}: expected task_type to be one of {', '.join(TASK_TYPES)} or all, got {task_type!r}."
            )
        chosen = self.default_split if split is None else split
        chosen = _ALSO_CALLED.get(chosen, chosen)
        super().__init__(
            text_version=text_version,
            strict=strict,
            max_turns=max_turns,
            split=self.default_split if chosen == "valid_train" else chosen,
            admissible_actions=admissible_actions,
            expert_actions=expert_actions,
            progress=progress,
            render_mode=render_mode,
        )
        self.split = chosen
        self.task_type = task_type
        self.tasks()

    def tasks(self, split: str | None = None) -> Sequence[str]:
        """The ids of a split's games, of the chosen type where one was chosen.

        Raises:
            InvalidConfig: There is no such split.
            MissingData: No games of this split were imported.
        """
        chosen = self.split if split is None else _ALSO_CALLED.get(split, split)
        if chosen not in (*self.splits, "valid_train"):
            raise InvalidConfig(f"ALFWorld: expected split to be one of {', '.join(self.splits)}, got {chosen!r}.")
        pack = imported()
        ids = pack.ids(chosen, self.task_type)
        if not ids:
            kind = "games" if self.task_type == "all" else f"{self.task_type} games"
            there = ", ".join(f"{name} {number}" for name, number in pack.splits().items())
            raise MissingData(
                f"ALFWorld: expected {kind} of the split {chosen} in {pack_path()}, and there are none ({there}). "
                f"{GET_DATA}"
            )
        return ids

    def _house(self, task: str) -> House:
        pack = imported()
        if task not in pack:
            raise InvalidConfig(
                f"ALFWorld: expected a task to be the id of an imported game such as {self.tasks()[0]}, "
                f"got {task[:200]!r}. Take one of tasks()."
            )
        return _unpacked(pack, task, self.text_version)


@functools.lru_cache(maxsize=256)  # groups of episodes start from the same game
def _unpacked(pack: Pack, task: str, text_version: str) -> House:
    return House(pack.game(task), text_version)


class TrainEnv(OfficialEnv):  # noqa: D101  (the manual is that of OfficialEnv)
    default_split = "train"


class ValidSeenEnv(OfficialEnv):  # noqa: D101
    default_split = "valid_seen"


class ValidUnseenEnv(OfficialEnv):  # noqa: D101
    default_split = "valid_unseen"
