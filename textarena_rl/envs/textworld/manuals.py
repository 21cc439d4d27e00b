"""The challenges of TextWorld, and games from files: one function each, with its manual. All make a TextWorldEnv."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textarena_rl.envs.textworld.challenges import Coin, Cooking, Simple, Treasure
from textarena_rl.envs.textworld.env import TextWorldEnv
from textarena_rl.envs.textworld.files import GameFiles

__all__ = ["coin", "cooking", "game_files", "simple", "treasure"]


def simple(
    *, rewards: str = "dense", goal: str = "detailed", unseen_foods: bool = False, **settings: Any
) -> TextWorldEnv:
    """Six rooms that are always the same: get out of the bedroom and put the right food on the stove.

    The games are those of ``tw-make tw-simple --rewards R --goal G``; the key's place, the names of the foods and the
    food that is wanted depend on the seed.

    Action Space:
        As in TextWorld-w2-o3-q4: one command a turn, free text.

    Observation Space:
        ``observation="paper"``: the room, what happened, what is carried. ``observation="raw"``: the game's own text.

    Starting State:
        The bedroom, its door locked. Seeds as in TextWorld-w2-o3-q4.

    Rewards:
        The change of the score. ``sparse``: 1 for the food on the stove. ``balanced``: also for the kitchen, a door on
        the way and the food in hand, 3 or 4 in all. ``dense``: for every stage, 7, 8 or 10 in all.

    Episode End:
        Terminated when the food is on the stove after all that is rewarded (won), or when it is eaten (lost). Truncated
        after ``max_turns`` turns.

    Information:
        What every world tells, ``optimal_turns`` (8, 9 or 12), and on request ``admissible_actions``,
        ``expert_actions`` and ``progress``, as in TextWorld-w2-o3-q4.

    Arguments:
        rewards: ``sparse``, ``balanced`` or ``dense``.
        goal: ``detailed`` tells every step, ``brief`` the food only, ``none`` nothing: a note in the kitchen says it.
        unseen_foods: Whether the food is garlic, kiwi or carrot, which no other game has (``--test``).
        **settings: split, max_turns (36), observation, admissible_actions, expert_actions, progress: As in
            TextWorld-w2-o3-q4.

    Version History:
        1: the first.

    Example turn (TextWorld-simple-dense, task 1):
        You are now in the bedroom.
        You make a grand eccentric entrance into a bedroom. You see a closed normal looking chest drawer right
        there by you. You can see an antique trunk. You see a king-size bed. But the thing is empty. There is a
        closed wooden door leading east.
        You are carrying nothing.

        > open antique trunk

        You are now in the bedroom.
        You open the antique trunk, revealing an old key.
        You are carrying nothing.

    Raises:
        InvalidConfig: An argument is out of range.
        MissingDependency: In ``reset``, the game is not shipped and the ``textworld`` package is not installed.
    """
    return TextWorldEnv(games=Simple(rewards, goal, unseen_foods), **settings)


def coin(*, level: int = 1, **settings: Any) -> TextWorldEnv:
    """Find the way to a coin and take it.

    The games are those of ``tw-make tw-coin_collector --level L``; levels whose games have more than a hundred rooms,
    which the command refuses since they do not fit a story file, are made the same way.

    Action Space:
        As in TextWorld-w2-o3-q4; going and taking is all there is to do.

    Observation Space:
        ``observation="paper"``: the room, what happened, what is carried. ``observation="raw"``: the game's own text.

    Starting State:
        The far end of a chain of rooms. Levels 1 to 100: as many rooms; 101 to 200: 1 to 100 rooms and a dead end for
        each; 201 to 300: two dead ends for each. Seeds as in TextWorld-w2-o3-q4.

    Rewards:
        1 for the coin.

    Episode End:
        Terminated when the coin is taken (won). Truncated after ``max_turns`` turns. These games cannot be lost.

    Information:
        What every world tells, ``optimal_turns``, and on request ``admissible_actions``, ``expert_actions`` and
        ``progress``, as in TextWorld-w2-o3-q4.

    Arguments:
        level: 1 to 300.
        **settings: split, max_turns (three times the rooms on the way), observation, admissible_actions,
            expert_actions, progress: As in TextWorld-w2-o3-q4.

    Version History:
        1: the first.

    Example turn (TextWorld-coin-l5, task 1):
        You are now in the cookhouse.
        You've just sauntered into a cookhouse. The room seems oddly familiar, as though it were only
        superficially different from the other rooms in the building. You don't like doors? Why not try going
        south, that entranceway is unguarded.
        You are carrying nothing.

        > go south

        You are now in the spare room.
        You arrive in a spare room. An ordinary one. There is an unblocked exit to the east. You need an
        unguarded exit? You should try going north.
        You are carrying nothing.

    Raises:
        InvalidConfig: An argument is out of range.
        MissingDependency: In ``reset``, the game is not shipped and the ``textworld`` package is not installed.
    """
    return TextWorldEnv(games=Coin(level), **settings)


def treasure(*, level: int = 1, **settings: Any) -> TextWorldEnv:
    """Find the thing that the objective names in a maze, and leave the other alone.

    The games are those of ``tw-make tw-treasure_hunter --level L``.

    Action Space:
        As in TextWorld-w2-o3-q4: one command a turn, free text.

    Observation Space:
        ``observation="paper"``: the room, what happened, what is carried. ``observation="raw"``: the game's own text.

    Starting State:
        A room from which the thing can be reached. Levels 1 to 10: five empty rooms; 11 to 20: ten rooms, doors and
        containers that may be closed; 21 to 30: twenty rooms, and locks whose keys lie about. Seeds as in
        TextWorld-w2-o3-q4.

    Rewards:
        1 for the right thing.

    Episode End:
        Terminated when the right thing is taken (won) or the wrong one (lost). Truncated after ``max_turns`` turns.

    Information:
        What every world tells, ``optimal_turns``, and on request ``admissible_actions``, ``expert_actions`` and
        ``progress``, as in TextWorld-w2-o3-q4.

    Arguments:
        level: 1 to 30.
        **settings: split, max_turns (three times the generated quest), observation, admissible_actions,
            expert_actions, progress: As in TextWorld-w2-o3-q4.

    Version History:
        1: the first.

    Example turn (TextWorld-treasure-l5, task 1):
        You are now in the cookhouse.
        You arrive in a cookhouse. A typical one. You don't like doors? Why not try going north, that
        entranceway is unblocked. You don't like doors? Why not try going west, that entranceway is unguarded.
        You are carrying nothing.

        > go north

        You are now in the studio.
        This might come as a shock to you, but you've just entered a studio. You don't like doors? Why not try
        going north, that entranceway is unblocked. You need an unguarded exit? You should try going south. You
        don't like doors? Why not try going west, that entranceway is unblocked.
        You are carrying nothing.

    Raises:
        InvalidConfig: An argument is out of range.
        MissingDependency: In ``reset``, the game is not shipped and the ``textworld`` package is not installed.
    """
    return TextWorldEnv(games=Treasure(level), **settings)


def cooking(
    *,
    recipe: int = 1,
    take: int = 0,
    cook: bool = False,
    cut: bool = False,
    open: bool = False,
    drop: bool = False,
    go: int | str = 1,
    **settings: Any,
) -> TextWorldEnv:
    """Cook a meal by the book and eat it.

    The games are those of ``tw-make tw-cooking``, as in the First TextWorld Problems competition, and named like them.

    Action Space:
        As in TextWorld-w2-o3-q4, and ``cook <food> with <stove, oven or BBQ>`` (fries, roasts or grills),
        ``slice/dice/chop <food> with <knife>``, ``drink <food>``, ``prepare meal``. ``examine cookbook`` shows the
        recipe.

    Observation Space:
        ``observation="paper"``: the room, what happened, what is carried. ``observation="raw"``: the game's own text.

    Starting State:
        Any of the rooms, with the ingredients that need not be found in hand. Seeds as in TextWorld-w2-o3-q4; each
        split has its own foods and preparations. Where the generator fails for a seed, the game is that of the first of
        seed + 100000, seed + 200000, ... for which it does not.

    Rewards:
        1 for each ingredient found, cooked and cut as it should be, for the meal in hand and for the meal eaten.

    Episode End:
        Terminated when the meal is eaten (won); lost when an ingredient is cooked or cut in another way than the recipe
        says, is burned (cooked twice), eaten or drunk. Truncated after ``max_turns`` turns.

    Information:
        What every world tells, ``optimal_turns``, and on request ``admissible_actions``, ``expert_actions`` and
        ``progress``, as in TextWorld-w2-o3-q4. The list of admissible actions is the original's with its peculiarities:
        it has ``prepare meal`` before all is ready.

    Arguments:
        recipe: Ingredients in the recipe, 1 to 5.
        take: How many of them have to be found, at most ``recipe``.
        cook: Whether they have to be cooked.
        cut: Whether they have to be cut.
        open: Whether doors and containers start closed.
        drop: Whether no more can be carried than the recipe has ingredients.
        go: Rooms, 1, 6, 9 or 12; also as in an id: ``"go6"``.
        **settings: split, max_turns (100, as in the competition), observation, admissible_actions, expert_actions,
            progress: As in TextWorld-w2-o3-q4.

    Version History:
        1: the first.

    Example turn (TextWorld-cooking-recipe2-take1-cook-cut-open-go6, task 1):
        You are now in the bedroom.
        You have stumbled into the most standard of all possible bedrooms. You see a bed. Wow, isn't TextWorld
        just the best? The bed is large. But the thing hasn't got anything on it. You don't like doors? Why not
        try going north, that entranceway is not blocked by one.
        You are carrying: a raw purple potato and a raw yellow potato.

        > x purple potato

        You are now in the bedroom.
        You couldn't pay me to eat that raw purple potato.
        You are carrying: a raw purple potato and a raw yellow potato.

    Raises:
        InvalidConfig: An argument is out of range.
        MissingDependency: In ``reset``, the game is not shipped and the ``textworld`` package is not installed.
    """
    rooms = int(go[2:]) if isinstance(go, str) and go[2:].isdecimal() else go
    return TextWorldEnv(games=Cooking(recipe, take, cook, cut, open, drop, rooms), **settings)  # type: ignore[arg-type]


def game_files(*, games: str | Path | None = None, **settings: Any) -> TextWorldEnv:
    """Games that you bring: files that ``tw-make`` has written, or story files for the Z-machine.

    A ``.json`` file is played by our engine, if its game keeps the standard or the cooking rules. A ``.z8`` file is
    played by the original interpreter in a child process, which has ten seconds for a command; with the ``.json`` file
    of the same name beside it, more is known of the game.

    Action Space:
        What the game understands, one command a turn, free text. Commands about the program (save, restart, ...) are
        refused.

    Observation Space:
        ``observation="paper"``: the room, what happened, what is carried. ``observation="raw"``: the game's own text,
        without banner and prompt.

    Starting State:
        The game of one file. A task is the name of a file. Where the folder has subfolders ``train``, ``valid`` and
        ``test``, they are the splits; otherwise there is one split, ``all``.

    Rewards:
        The change of the score.

    Episode End:
        Terminated when the game is won or lost. Truncated after ``max_turns`` turns.

    Information:
        What every world tells, ``optimal_turns`` (None in the interpreter), and on request ``admissible_actions``.
        ``expert_actions`` and ``progress`` for ``.json`` files only.

    Arguments:
        games: A file or a folder; by default what ``textarena-rl import-data textworld PATH`` has stored.
        **settings: split, max_turns (100), observation, admissible_actions, expert_actions, progress: As in
            TextWorld-w2-o3-q4.

    Version History:
        1: the first.

    Example turn:
        > open wooden box
        You open the wooden box, revealing a key.

    Raises:
        MissingData: There is no game, or it has rules of its own.
        MissingDependency: In ``reset``, for a ``.z8`` file the ``textworld`` package is not installed.
        EpisodeFailed: In ``reset``, the interpreter cannot play the file.
    """
    return TextWorldEnv(games=GameFiles(games), **settings)
