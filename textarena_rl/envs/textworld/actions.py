"""What each action does to a state, and what the game says about it.

Every function takes the world, the state and up to two nouns, changes the state where the rules allow it, and returns
the game's words with whether they did. The tests come in the interpreter's order: it decides between two refusals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textarena_rl.envs.textworld import cooking
from textarena_rl.envs.textworld.grammar import DIRECTION_WORDS, HELP, RESPONSES, SELF_RESPONSES
from textarena_rl.envs.textworld.text import render, sentence_list
from textarena_rl.envs.textworld.world import INVENTORY, PLAYER, State, World

__all__ = ["describe_room", "list_inventory", "perform", "score_line"]

Result = tuple[str, bool]
_MOST_DESCRIBED = 64
_FIXED = "csd"  # containers, supporters and doors stay where they are


def perform(world: World, state: State, verb: str, noun: str, second: str) -> Result:
    """Carry out an action: the game's words, and whether the rules allowed it."""
    if verb == "go":
        return _go(world, state, noun)
    if noun in DIRECTION_WORDS or second in DIRECTION_WORDS:
        if verb == "examine":
            return "You see nothing unexpected in that direction.", True
        return "You must name something more substantial.", False
    if noun == PLAYER and verb in SELF_RESPONSES:
        return SELF_RESPONSES[verb]
    if verb in RESPONSES:
        return RESPONSES[verb]
    return _ACTIONS[verb](world, state, noun, second)


# ------------------------------------------------------------------ seeing


def describe_room(world: World, state: State) -> str:
    """The player's room as ``look`` shows it."""
    room = state.room
    opening, holding = world.depends[room]
    contents = state.contents
    key: tuple[object, ...] = (
        room,
        *[state.status[thing] for thing in opening],
        *[tuple(contents[holder]) for holder in holding],
    )
    if state.traits:
        key += tuple([state.articled[thing] for holder in holding for thing in contents[holder]])
    text = world.described.get(key)
    if text is None:
        if len(world.described) >= _MOST_DESCRIBED:
            world.described.clear()
        text = world.described[key] = _describe(world, state)
    return text


def _describe(world: World, state: State) -> str:
    text = f"-= {world.name[state.room].title()} =-\n{_text(world, state, state.room)}"
    floor = [thing for thing in state.contents[state.room] if world.type[thing] not in _FIXED]
    return f"{text}\n\nThere is {_list(state, floor)} on the floor." if floor else text


def list_inventory(world: World, state: State) -> str:
    """What the player carries, as ``inventory`` shows it."""
    carried = state.contents[INVENTORY]
    return f"You are carrying: {_list(state, carried)}." if carried else "You are carrying nothing."


def score_line(world: World, state: State) -> str:
    """How far the player has come."""
    turns = f"{state.turns} turn{'' if state.turns == 1 else 's'}"
    return f"scored {state.score} out of a possible {world.game.max_score}, in {turns}."


def _text(world: World, state: State, entity: str) -> str:
    noun = world.prefixed(state, entity)
    return render(world.text[entity], state.status, state.contents, state.articled, noun)


def _list(state: State, things: Sequence[str]) -> str:
    articled = state.articled
    return sentence_list([articled[thing] for thing in things])


def _contents(world: World, state: State, holder: str) -> str:
    """The sentence that lists what is in or on something, if there is anything to see."""
    inside = state.contents.get(holder)
    if not inside or state.status.get(holder, "open") != "open":
        return ""
    where, verb = "On" if world.type[holder] == "s" else "In", "is" if len(inside) == 1 else "are"
    return f"{where} {world.definite[holder]} {verb} {_list(state, inside)}."


def _look(world: World, state: State, noun: str, second: str) -> Result:
    return describe_room(world, state), True


def _inventory(world: World, state: State, noun: str, second: str) -> Result:
    return list_inventory(world, state), True


def _examine(world: World, state: State, thing: str, second: str) -> Result:
    texts = [_text(world, state, thing), _contents(world, state, thing)]
    told = "\n\n".join(text for text in texts if text)
    return told or f"You see nothing special about {world.definite[thing]}.", True


def _search(world: World, state: State, thing: str, second: str) -> Result:
    if world.type[thing] == "c" and state.status[thing] != "open":
        return f"You can't see inside, since {world.definite[thing]} is closed.", False
    listed = _contents(world, state, thing)
    if listed or world.type[thing] not in "cs":
        return listed or "You find nothing of interest.", True
    if world.type[thing] == "c":
        return f"{_capital(world.definite[thing])} is empty.", True
    return f"There is nothing on {world.definite[thing]}.", True


def _goal(world: World, state: State, noun: str, second: str) -> Result:
    return world.game.objective, True


def _help(world: World, state: State, noun: str, second: str) -> Result:
    return HELP, True


def _tell_score(world: World, state: State, noun: str, second: str) -> Result:
    return f"You have so far {score_line(world, state)}", True


# ------------------------------------------------------------------ moving


def _go(world: World, state: State, direction: str) -> Result:
    target, door = world.exits[state.room].get(direction, ("", None))
    if not target:
        if direction == "outside":
            return "But you aren't in anything at the moment.", False
        return "You can't go that way.", False
    if door is not None and state.status[door] != "open":
        return f"You have to open the {world.name[door]} first.", False
    state.room = target
    return describe_room(world, state), True


def _enter(world: World, state: State, thing: str, second: str) -> Result:
    for direction, (_, door) in world.exits[state.room].items():
        if door == thing:
            return _go(world, state, direction)
    return "That's not something you can enter.", False


def _stand_on(world: World, state: State, thing: str, second: str) -> Result:
    return "That's not something you can stand on.", False


def _sit_on(world: World, state: State, thing: str, second: str) -> Result:
    return "That's not something you can sit down on.", False


def _lie_on(world: World, state: State, thing: str, second: str) -> Result:
    return "That's not something you can lie down on.", False


def _get_off(world: World, state: State, thing: str, second: str) -> Result:
    return f"But you aren't on {world.definite[thing]} at the moment.", False


# ------------------------------------------------------------------ holding


def _take(world: World, state: State, thing: str, second: str) -> Result:
    holder = state.holder.get(thing)
    if holder == INVENTORY:
        return "You already have that.", False
    if world.type[thing] in _FIXED or holder is None:
        return "That's fixed in place.", False
    if world.capacity is not None and len(state.contents[INVENTORY]) >= world.capacity:
        return "You're carrying too many things already.", False
    state.move(thing, INVENTORY)
    cooking.change_slots(world, state, 1)
    if holder == state.room:
        return f"You pick up {world.definite[thing]} from the ground.", True
    return f"You take {world.definite[thing]} from {world.definite[holder]}.", True


def _take_from(world: World, state: State, thing: str, second: str) -> Result:
    if state.holder.get(thing) != second:
        return "But it isn't there now.", False
    return _take(world, state, thing, second)


def _drop(world: World, state: State, thing: str, second: str) -> Result:
    holder = state.holder.get(thing, state.room)
    if holder == state.room:
        return f"{_capital(world.definite[thing])} is already here.", False
    if holder != INVENTORY:
        return "You haven't got that.", False
    state.move(thing, state.room)
    cooking.change_slots(world, state, -1)
    return f"You drop {world.definite[thing]} on the ground.", True


def _put(world: World, state: State, thing: str, holder: str) -> Result:
    if missing := _must_carry(world, state, thing):
        return missing, False
    if thing == holder:
        return "You can't put something on top of itself.", False
    if world.type[holder] != "s":
        return f"Putting things on {world.definite[holder]} would achieve nothing.", False
    state.move(thing, holder)
    cooking.change_slots(world, state, -1)
    return f"You put {world.definite[thing]} on {world.definite[holder]}.", True


def _insert(world: World, state: State, thing: str, holder: str) -> Result:
    if missing := _must_carry(world, state, thing):
        return missing, False
    if thing == holder:
        return "You can't put something inside itself.", False
    if world.type[holder] != "c":
        return f"{_that(holder)} can't contain things.", False
    if state.status[holder] != "open":
        return f"{_capital(world.definite[holder])} is closed.", False
    state.move(thing, holder)
    cooking.change_slots(world, state, -1)
    return f"You put {world.definite[thing]} into {world.definite[holder]}.", True


def _eat(world: World, state: State, thing: str, second: str) -> Result:
    if world.type[thing] != "f":
        return "That's plainly inedible.", False
    if world.recipe is not None and (refusal := cooking.refuse_food(state, thing, world.definite[thing])):
        return refusal, False
    if missing := _must_carry(world, state, thing):
        return missing, False
    if world.recipe is None:
        state.move(thing, None)
    else:
        cooking.consume(world, state, thing)
    return f"You eat {world.definite[thing]}. Not bad.", True


def _must_carry(world: World, state: State, thing: str) -> str:
    if state.holder.get(thing) == INVENTORY:
        return ""
    if world.type[thing] in _FIXED:
        return f"The {world.name[thing]} is fixed in place."
    return f"You need to take the {world.name[thing]} first."


# ------------------------------------------------------------------ opening


def _open(world: World, state: State, thing: str, second: str) -> Result:
    status = state.status.get(thing)
    if status is None:
        return "It isn't something you can open.", False
    if status == "open":
        return "That's already open.", False
    if status == "locked":
        key = world.key.get(thing)
        if key is None:
            return f"The {world.name[thing]} is welded shut.", False
        return f"You have to unlock the {world.name[thing]} with the {world.name[key]} first.", False
    state.status[thing] = "open"
    inside = state.contents.get(thing)
    revealed = f", revealing {_list(state, inside)}" if inside else ""
    return f"You open {world.definite[thing]}{revealed}.", True


def _close(world: World, state: State, thing: str, second: str) -> Result:
    status = state.status.get(thing)
    if status is None:
        return "It isn't something you can close.", False
    if status != "open":
        return "That's already closed.", False
    state.status[thing] = "closed"
    return f"You close {world.definite[thing]}.", True


def _turn_key(world: World, state: State, thing: str, key: str, verb: str) -> Result:
    if missing := _must_carry(world, state, key):
        return missing, False
    status = state.status.get(thing)
    if status is None:
        return f"{_that(thing)} {'do' if thing == PLAYER else 'does'}n't seem to be something you can {verb}.", False
    if (status == "locked") == (verb == "lock"):
        return f"That's {verb}ed at the moment.", False
    if status == "open" and verb == "lock":
        return f"First you would have to close {world.definite[thing]}.", False
    if world.key.get(thing) != key:
        return "That doesn't seem to fit the lock.", False
    state.status[thing] = "locked" if verb == "lock" else "closed"
    return f"You {verb} {world.definite[thing]}.", True


def _lock(world: World, state: State, thing: str, key: str) -> Result:
    return _turn_key(world, state, thing, key, "lock")


def _unlock(world: World, state: State, thing: str, key: str) -> Result:
    return _turn_key(world, state, thing, key, "unlock")


# ------------------------------------------------------------------ cooking


def _slice(world: World, state: State, food: str, tool: str) -> Result:
    return cooking.cut(world, state, food, tool, "slice")


def _dice(world: World, state: State, food: str, tool: str) -> Result:
    return cooking.cut(world, state, food, tool, "dice")


def _chop(world: World, state: State, food: str, tool: str) -> Result:
    return cooking.cut(world, state, food, tool, "chop")


def _cook(world: World, state: State, food: str, source: str) -> Result:
    return cooking.cook(world, state, food, source, _must_carry(world, state, food))


def _drink(world: World, state: State, thing: str, second: str) -> Result:
    return cooking.drink(world, state, thing, _must_carry(world, state, thing))


def _prepare(world: World, state: State, noun: str, second: str) -> Result:
    return cooking.prepare(world, state)


def _cut_how(world: World, state: State, thing: str, second: str) -> Result:
    return f"You need to specify how you want to cut {world.definite[thing]}. Either slice, dice, or chop it.", False


# ------------------------------------------------------------------ without effect


def _push(world: World, state: State, thing: str, second: str) -> Result:
    fixed = world.type[thing] in _FIXED
    return ("It is fixed in place." if fixed else "Nothing obvious happens."), not fixed


def _rub(world: World, state: State, thing: str, second: str) -> Result:
    return f"You rub {world.definite[thing]}.", True


def _throw(world: World, state: State, thing: str, target: str) -> Result:
    return _must_carry(world, state, thing) or "Futile.", False


def _wear(world: World, state: State, thing: str, second: str) -> Result:
    return _must_carry(world, state, thing) or "You can't wear that!", False


def _take_off(world: World, state: State, thing: str, second: str) -> Result:
    return f"You aren't wearing {world.definite[thing]}.", False


def _wave(world: World, state: State, thing: str, second: str) -> Result:
    if state.holder.get(thing) != INVENTORY:
        return "But you aren't holding that.", False
    return f"You wave {world.definite[thing]}.", True


def _capital(definite: str) -> str:
    """The start of a sentence; a name without article (a door's) stays as it is spelt."""
    return "T" + definite[1:] if definite.startswith("the ") else definite


def _that(thing: str) -> str:
    return "You" if thing == PLAYER else "That"


_ACTIONS: dict[str, Callable[[World, State, str, str], Result]] = {
    "look": _look,
    "inventory": _inventory,
    "examine": _examine,
    "search": _search,
    "goal": _goal,
    "help": _help,
    "score": _tell_score,
    "enter": _enter,
    "stand on": _stand_on,
    "sit down on": _sit_on,
    "lie down on": _lie_on,
    "get off": _get_off,
    "take": _take,
    "take from": _take_from,
    "drop": _drop,
    "put": _put,
    "insert": _insert,
    "eat": _eat,
    "open": _open,
    "close": _close,
    "lock": _lock,
    "unlock": _unlock,
    "push": _push,
    "rub": _rub,
    "throw": _throw,
    "wear": _wear,
    "take off": _take_off,
    "wave it": _wave,
    "slice": _slice,
    "dice": _dice,
    "chop": _chop,
    "cook": _cook,
    "drink it": _drink,
    "prepare": _prepare,
    "cut how": _cut_how,
}
