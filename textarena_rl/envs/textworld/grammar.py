"""The words that the parser knows: verbs with their sentence patterns, directions, and answers of verbs without effect."""

from __future__ import annotations

__all__ = ["ARTICLES", "DIRECTION_WORDS", "PATTERNS", "RESPONSES", "SPOKEN", "WORD_LENGTH", "Pattern"]

Pattern = tuple[tuple[str, ...], str]
"""Tokens, and the action they ask for. A token in braces stands for a noun; ``in/into`` for either word."""

WORD_LENGTH = 9
"""The interpreter tells words apart by so many of its characters; a letter takes one, any other sign two."""

ARTICLES = frozenset({"the", "a", "an", "some", "my", "this", "these", "that", "those"})

DIRECTION_WORDS = {
    **dict.fromkeys(("north", "n"), "north"),
    **dict.fromkeys(("south", "s"), "south"),
    **dict.fromkeys(("east", "e"), "east"),
    **dict.fromkeys(("west", "w"), "west"),
    **dict.fromkeys(("northeast", "ne"), "northeast"),
    **dict.fromkeys(("northwest", "nw"), "northwest"),
    **dict.fromkeys(("southeast", "se"), "southeast"),
    **dict.fromkeys(("southwest", "sw"), "southwest"),
    **dict.fromkeys(("up", "u"), "up"),
    **dict.fromkeys(("down", "d"), "down"),
    **dict.fromkeys(("inside", "in"), "inside"),
    **dict.fromkeys(("outside", "out"), "outside"),
}

# One line per group of verbs. Braces: {things} one thing; {held} preferably carried; {inside} in the second noun;
# {other} not the second noun; {direction}. Patterns are tried from left to right.
_GRAMMAR = """
look l : -> look; at {noun} -> examine; {noun} -> examine; inside/in/into/through {noun} -> search; under {noun} -> under
examine x watch describe check read : {noun} -> examine
search : {noun} -> search
inventory i inv : -> inventory
go walk run : -> go nowhere; {direction} -> go; {noun} -> enter; into/in/inside/through {noun} -> enter
take carry hold : inventory -> inventory; {things} -> take; off {noun} -> take off; {inside} from {noun} -> take from; \
{inside} off {noun} -> take from
get : out/off/up/down -> leave; {things} -> take; in/into/on/onto {noun} -> enter; off/down {noun} -> get off; \
{inside} from {noun} -> take from
pick : up {things} -> take; {things} up -> take
remove : {held} -> take off; {inside} from {noun} -> take from
put : {other} on/onto {noun} -> put; {other} in/inside/into {noun} -> insert; down {held} -> drop; {held} down -> drop; \
on {held} -> wear
insert : {other} in/into {noun} -> insert
drop throw discard : {held} -> drop; {other} on/onto {noun} -> put; {other} in/into/down {noun} -> insert; \
{held} at/against {noun} -> throw
open unwrap uncover : {noun} -> open; {noun} with {held} -> unlock
close shut cover : {noun} -> close; up {noun} -> close
lock : {noun} with {held} -> lock
unlock : {noun} with {held} -> unlock
eat : {held} -> eat
enter cross : -> enter nothing; {noun} -> enter
sit : on/in/inside {noun} -> enter
lie : on/in/inside {noun} -> enter
stand : -> leave; up -> leave; on {noun} -> enter
exit leave : -> leave; {noun} -> get off
wait z : -> wait
goal : -> goal
help : -> help
jump skip hop : -> jump
sleep nap : -> sleep
think : -> think
sing : -> unknown
yes y : -> yes
no : -> no
sorry : -> sorry
smell sniff : -> smell; {noun} -> smell it
listen hear : -> listen; {noun} -> listen to it; to {noun} -> listen to it
taste : {noun} -> taste
touch feel : {noun} -> touch
push move shift clear press : {noun} -> push
pull drag : {noun} -> pull
turn rotate twist unscrew screw : {noun} -> turn
attack break smash hit fight torture wreck crack destroy murder kill punch thump : {noun} -> attack
rub shine polish clean dust wipe scrub : {noun} -> rub
climb scale : {noun} -> climb; up/over {noun} -> climb
wear don : {held} -> wear
burn light : {noun} -> burn
cut slice prune chop : {noun} -> cut
drink swallow sip : {noun} -> drink
squeeze squash : {noun} -> squeeze
kiss embrace hug : {noun} -> kiss
wave : -> wave; {held} -> wave it
swing : {noun} -> swing; on {noun} -> swing
buy purchase : {noun} -> buy
"""

PATTERNS: dict[str, tuple[Pattern, ...]] = {}
"""For each verb its patterns."""

for _line in _GRAMMAR.strip().splitlines():
    _verbs, _, _rest = _line.partition(" : ")
    _patterns = tuple(
        (tuple(_tokens.split()), _action) for _tokens, _, _action in (_part.partition("-> ") for _part in _rest.split("; "))
    )
    for _verb in _verbs.split():
        PATTERNS[_verb] = _patterns

SPOKEN = {"x": "examine", "l": "look", "i": "take inventory", "inv": "take inventory", "inventory": "take inventory", "z": "wait"}
"""How the game names a verb that was abbreviated."""

RESPONSES: dict[str, tuple[str, bool]] = {
    "go nowhere": ("You'll have to say which compass direction to go in.", False),
    "leave": ("But you aren't in anything at the moment.", False),
    "get off": ("But you aren't on that at the moment.", False),
    "enter": ("That's not something you can enter.", False),
    "enter nothing": ("You can't go that way.", False),
    "search": ("?search", False),
    "push": ("?push", False),
    "pull": ("?pull", False),
    "turn": ("?turn", False),
    "wear": ("?wear", False),
    "cut": ("?cut", False),
    "squeeze": ("?squeeze", False),
    "kiss": ("?kiss", False),
    "swing": ("?swing", False),
    "throw": ("?throw", False),
    "take off": ("?take off", False),
    "goal": ("?goal", False),
    "help": ("?help", False),
    "unknown": ("?unknown", False),
    "wave it": ("?wave it", False),
    "wait": ("Time passes.", True),
    "jump": ("You jump on the spot.", True),
    "sleep": ("You aren't feeling especially drowsy.", False),
    "think": ("What a good idea.", True),
    "yes": ("That was a rhetorical question.", False),
    "no": ("That was a rhetorical question.", False),
    "sorry": ("Oh, don't apologise.", False),
    "smell": ("You smell nothing unexpected.", True),
    "smell it": ("You smell nothing unexpected.", True),
    "listen": ("You hear nothing unexpected.", True),
    "listen to it": ("You hear nothing unexpected.", True),
    "taste": ("You taste nothing unexpected.", True),
    "touch": ("You feel nothing unexpected.", True),
    "under": ("You find nothing of interest.", True),
    "attack": ("Violence isn't the answer to this one.", False),
    "rub": ("You achieve nothing by this.", False),
    "climb": ("Little is to be achieved by that.", False),
    "burn": ("This dangerous act would achieve little.", False),
    "drink": ("There's nothing suitable to drink here.", False),
    "wave": ("You wave.", True),
    "buy": ("Nothing is on sale.", False),
}
"""The answers of actions that never change anything, and whether the game lets them happen."""

SELF_RESPONSES: dict[str, tuple[str, bool]] = {
    "examine": ("As good-looking as ever.", True),
    "take": ("You are always self-possessed.", False),
}
"""The answers to what is done to the player."""
