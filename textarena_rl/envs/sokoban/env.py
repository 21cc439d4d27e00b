"""Sokoban as an environment: text in, text out. Rules, generator and solver know nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textarena_rl.core import Reply, Status, TextEnv
from textarena_rl.envs.sokoban.actions import explain_refusal, join, read_directions
from textarena_rl.envs.sokoban.expert import NO_PLAN, Expert, Plan, expert_for
from textarena_rl.envs.sokoban.generator import Knobs
from textarena_rl.envs.sokoban.library import FiledLevels, GeneratedLevels, LevelSource
from textarena_rl.envs.sokoban.rules import DIRECTIONS, Game
from textarena_rl.envs.sokoban.symbols import symbols_named
from textarena_rl.errors import InvalidConfig

__all__ = ["SokobanEnv"]

_SCORINGS = ("gym-sokoban", "boxes")


class SokobanEnv(TextEnv):
    """A warehouse seen from above: push every box onto a goal.

    The player walks up, down, left and right, and pushes a box by walking into it. Boxes cannot be pulled, and only one
    can be pushed at a time: some pushes can never be made good.

    Action Space:
        Free text. One direction (``Up``, ``Down``, ``Left``, ``Right``) or several in one turn: ``Up || Right``,
        ``up, right``, ``ur``, or one a line, in any case. Directions beyond ``actions_per_turn`` are not carried out,
        and none after the win. Text with anything else in it is refused as a whole: it costs the turn, moves nothing
        and counts as invalid. Walking against a wall or a stuck box is no invalid action; it is a move in vain.

    Observation Space:
        The board, a line of text for each row, in the symbols that were chosen; above it, where there is something to
        say, what was refused, blocked or left out. The first observation begins with the legend.

    Starting State:
        A level of the split; ``options={"task": ...}`` asks for a certain one. Generated: task ids are seeds, train
        50001 to 150000, valid 40001 to 40500, test 1 to 500, no box starts on a goal, and no board is in two splits.
        From files: task ids are a file and an index, ``easy.xsb#3``; files below folders named train, valid or test
        belong to that split, and of each ten levels of every other file eight are for training, one for validation
        and one for testing.

    Rewards:
        ``scoring="gym-sokoban"``: the sum, over the moves of the turn, of -0.1 for a move, 1 for a box pushed onto a
        goal, -1 for a box pushed off one and 10 for the win. ``scoring="boxes"`` (GEM's and TextArena's): 1 for the
        win; where the turns run out, the share of the boxes that are on goals. ``max_score`` is what a win earns before
        its moves are counted.

    Episode End:
        Terminated when all boxes are on goals (won). Truncated after ``max_turns`` turns, and after ``max_actions``
        moves. Sokoban is never lost, it only gets hopeless: see ``deadlock``.

    Information:
        What every world tells; ``num_moves`` and ``num_pushes`` so far; with ``max_actions`` also ``actions_left``. On
        request ``admissible_actions`` (the directions that change something; all four where none does);
        ``expert_actions`` (a shortest win from here, in as few directions a turn as the level's turns allow) with
        ``expert_optimal_in``, which says what the win has the fewest of: ``moves``, or ``pushes`` where the search for
        the fewest moves ran out of its budget, or nothing where there is no way to win; and ``progress`` (the share
        of the shortest win from the start that lies behind; 0 in a deadlock) with ``deadlock`` (whether it is proved
        that the level can no longer be won). Distances are exact, in moves where the level's table of them fits, else
        in pushes; only where that search runs out of budget too they are a lower bound.

    Arguments:
        size: Rows and columns with the outer walls: 6, "6x8" or (6, 8); 4 to 24.
        boxes: Boxes, 1 to 8.
        pushes: The pushes of a shortest solution, exactly; 0: as ``difficulty`` has it.
        moves: The moves of a shortest solution, exactly; 0: any number.
        difficulty: How pushes are drawn where neither is given: ``uniform`` (each number from one a box up to
            (rows + columns) / 2 + 2 boxes - 4 equally often), ``positions`` (each position of a room equally often),
            ``hardest`` (the farthest of each room), or weights for 1, 2, 3 ... pushes.
        max_optimal_moves: The most moves that a shortest solution may have; 0: any number.
        stray: The player starts at most so many random steps from where a shortest solution's first push begins; -1:
            anywhere that it can walk to.
        levels: A level file or a folder of them (XSB, .sok, .txt, Boxoban), to be played instead of generated levels.
        symbols: ``ragen`` (``#_O√XPS``), ``spaced`` and ``tabbed`` (the same with blanks or tabs between), ``xsb``,
            ``words`` or ``coordinates``.
        scoring: ``gym-sokoban`` or ``boxes``.
        actions_per_turn: The most directions carried out in a turn.
        max_actions: Moves until truncation; 0: no such limit.
        search_budget: The most positions that a search of the expert looks at, 30,000 in about a second; it searches
            up to three times: for a table of all distances, for the fewest moves, for the fewest pushes.
        split: ``train``, ``valid`` or ``test``.
        max_turns: Turns until truncation; by default 30 for each box, 120 for levels from files.
        admissible_actions, expert_actions, progress: What to add to ``info``.

    Version History:
        1: the first.

    Example turn (Sokoban-s6-b1, task 2):
        Objective: Push every box onto a goal. Say Up, Down, Left or Right, up to 5 of them in a turn, joined by ||.

        Legend: # wall, _ floor, O goal, √ box on goal, X box, P player, S player on goal.

        ######
        #__P##
        #__O##
        #_X###
        #__###
        ######

        > Left || Left || Down || Down || Left

        Blocked: 5 (Left).
        ######
        #___##
        #__O##
        #PX###
        #__###
        ######

    Raises:
        InvalidConfig: An argument is out of range; in ``reset``, the task does not exist, its level is damaged, or no
            level is as hard as asked for.
        MissingData: The level file or folder is not there.
    """

    many_actions_a_turn = True
    engine: Game | None

    def __init__(
        self,
        *,
        size: int | str | Sequence[int] = 6,
        boxes: int = 1,
        pushes: int = 0,
        moves: int = 0,
        difficulty: str | Sequence[float] = "uniform",
        max_optimal_moves: int = 0,
        stray: int = -1,
        levels: str | None = None,
        symbols: str = "ragen",
        scoring: str = "gym-sokoban",
        actions_per_turn: int = 5,
        max_actions: int = 0,
        search_budget: int = 30_000,
        split: str = "train",
        max_turns: int | None = None,
        admissible_actions: bool = False,
        expert_actions: bool = False,
        progress: bool = False,
        render_mode: str | None = None,
    ) -> None:
        if scoring not in _SCORINGS:
            raise InvalidConfig(f"Sokoban: expected scoring to be one of {', '.join(_SCORINGS)}, got {scoring!r}.")
        for name, value, least in (
            ("actions_per_turn", actions_per_turn, 1),
            ("max_actions", max_actions, 0),
            ("search_budget", search_budget, 1),
        ):
            if type(value) is not int or value < least:
                raise InvalidConfig(f"Sokoban: expected {name} as a whole number from {least} on, got {value!r}.")
        weights = difficulty if isinstance(difficulty, str) else tuple(difficulty)
        self.source: LevelSource = (
            GeneratedLevels(Knobs(*_rows_and_columns(size), boxes, pushes, moves, weights, max_optimal_moves, stray))
            if levels is None
            else FiledLevels(levels)
        )
        self.symbols = symbols_named(symbols)
        self.scoring = scoring
        self.actions_per_turn = actions_per_turn
        self.max_actions = max_actions
        self.search_budget = search_budget
        several = f", up to {actions_per_turn} of them in a turn, joined by ||" if actions_per_turn > 1 else ""
        self._how_to_act = f"Say Up, Down, Left or Right{several}."
        limit = f" You have {max_actions} in all." if max_actions else ""
        self._aim = f"Push every box onto a goal. {self._how_to_act}{limit}"
        self._plan: Plan | None = None
        super().__init__(
            max_turns=(30 * boxes if levels is None else 120) if max_turns is None else max_turns,
            split=split,
            admissible_actions=admissible_actions,
            expert_actions=expert_actions,
            progress=progress,
            render_mode=render_mode,
        )

    def tasks(self, split: str | None = None) -> Sequence[str]:
        """The task ids of a split: seeds, or files with an index."""
        chosen = self.split if split is None else split
        if chosen not in self.splits:
            raise InvalidConfig(f"SokobanEnv: expected split to be one of {', '.join(self.splits)}, got {chosen!r}.")
        return self.source.tasks(chosen)

    def _start(self, task: str) -> str:
        game = self.engine = Game(self.source.level(task))
        self._plan = None
        notes = f"\n{self._actions_left(game)}" if self.max_actions else ""
        return f"Legend: {self.symbols.legend}.{notes}\n\n{self.symbols.show(str(game))}"

    def _act(self, action: str) -> Reply:
        game = self._playing()
        directions = read_directions(action)
        if not directions:
            return Reply(self._observe(game, [explain_refusal(action), self._how_to_act]), invalid=True)
        blocked = []
        for number, direction in enumerate(directions[: self._num_allowed(game)], 1):
            moved = game.move(direction)
            if not moved:
                blocked.append(DIRECTIONS[direction] if len(directions) == 1 else f"{number} ({DIRECTIONS[direction]})")
            elif self._plan is not None:
                self._plan = self._plan.after(direction)
            if game.solved:
                return Reply(self._observe(game, ["Solved."]))
        notes = [f"Blocked: {', '.join(blocked)}."] if blocked else []
        if number < len(directions):
            notes.append(f"Only the first {f'{number} were' if number > 1 else 'was'} carried out.")
        return Reply(self._observe(game, notes))

    def _num_allowed(self, game: Game) -> int:
        """How many directions this turn may still hold."""
        if not self.max_actions:
            return self.actions_per_turn
        return min(self.actions_per_turn, self.max_actions - game.num_moves)

    def _observe(self, game: Game, notes: list[str]) -> str:
        """The board under what there is to say."""
        if self.max_actions:
            notes = [*notes, self._actions_left(game)]
        board = self.symbols.show(str(game))
        return f"{' '.join(notes)}\n{board}" if notes else board

    def _actions_left(self, game: Game) -> str:
        return f"Actions left: {self.max_actions - game.num_moves}."

    def _status(self) -> Status:
        game = self._playing()
        num_boxes_to_move = game.level.text.count("$")
        if self.scoring == "gym-sokoban":
            # In tenths, so that the score of a position does not depend on the order in which it was summed.
            tenths = 10 * (num_boxes_to_move - game.num_boxes_off) + 100 * game.solved - game.num_moves
            return Status(game.solved, False, tenths / 10, 10.0 + num_boxes_to_move)
        score = float(game.solved)
        if not game.solved and self._out_of_turns():
            score = 1 - game.num_boxes_off / game.level.num_boxes
        return Status(game.solved, False, score, 1.0)

    def _out_of_turns(self) -> bool:
        spent = self.max_actions and self._playing().num_moves >= self.max_actions
        return bool(spent) or super()._out_of_turns()

    def _objective(self) -> str:
        return self._aim

    def _info(self, *, invalid: bool) -> dict[str, Any]:
        info = super()._info(invalid=invalid)
        game = self._playing()
        info["num_moves"], info["num_pushes"] = game.num_moves, game.num_pushes
        if self.max_actions:
            info["actions_left"] = self.max_actions - game.num_moves
        if "expert_actions" in info:
            info["expert_optimal_in"] = self._planned().optimal_in
        if "progress" in info:
            info["deadlock"] = self._knowledge().remaining(game).deadlock
        return info

    def _admissible_actions(self) -> list[str]:
        game = self._playing()
        return [name for direction, name in enumerate(DIRECTIONS) if game.copy().move(direction)] or list(DIRECTIONS)

    def _expert_actions(self) -> list[str]:
        moves = self._planned().moves
        num_moves = len(self._knowledge().plan_at_start.moves)
        in_a_turn = min(max(-(-num_moves // self.max_turns), 1), self.actions_per_turn)
        return [join(moves[first : first + in_a_turn]) for first in range(0, len(moves), in_a_turn)]

    def _progress(self) -> float:
        expert, game = self._knowledge(), self._playing()
        remaining, at_start = expert.remaining(game), expert.remaining_at_start
        if game.solved:
            return 1.0
        if remaining.deadlock or at_start.deadlock:
            return 0.0
        return max(0.0, 1.0 - remaining.distance / at_start.distance)

    def _planned(self) -> Plan:
        """The expert's plan from here. It is kept while the game follows it, so that the way stays one way."""
        if self._plan is None:
            game = self._playing()
            self._plan = NO_PLAN if game.solved else self._knowledge().plan(game)
        return self._plan

    def _knowledge(self) -> Expert:
        """What is known about the level being played."""
        return expert_for(self._playing().level, self.search_budget)

    def _playing(self) -> Game:
        assert self.engine is not None  # TextEnv.step refuses to run before reset
        return self.engine

    def _snapshot(self) -> Any:
        return self._playing().copy(), self._plan

    def _restore(self, snapshot: Any) -> None:
        game, self._plan = snapshot
        self.engine = game.copy()


def _rows_and_columns(size: int | str | Sequence[int]) -> tuple[int, int]:
    """Both sides of the board."""
    if isinstance(size, int):
        return size, size
    sides = size.split("x") if isinstance(size, str) else list(size)
    if len(sides) == 2 and all(isinstance(side, int) or side.isdecimal() for side in sides):
        return int(sides[0]), int(sides[1])
    raise InvalidConfig(f"Sokoban: expected size as rows and columns such as 6, '6x8' or (6, 8), got {size!r}.")
