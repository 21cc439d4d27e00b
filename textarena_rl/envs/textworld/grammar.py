"""The words that the parser knows: verbs with their sentence patterns, directions, answers of verbs without effect."""

from __future__ import annotations

__all__ = [
    "ARTICLES",
    "COOKING_PATTERNS",
    "DIRECTION_WORDS",
    "HELP",
    "INDEFINITE",
    "OWNED",
    "PATTERNS",
    "RESPONSES",
    "SELF_RESPONSES",
    "SPOKEN",
    "WORD_LENGTH",
    "Pattern",
]

Pattern = tuple[tuple[str, ...], str]
"""Tokens, and the action they ask for. A token in braces stands for a noun; ``in/into`` for either word."""

WORD_LENGTH = 9
"""The interpreter tells words apart by so many of its characters; a letter takes one, any other sign two."""

OWNED = {"my": True, "this": True, "these": True, "that": False, "those": False}
"""Whether such a thing is to be carried by the player; it only counts where several things have the name."""

INDEFINITE = frozenset({"a", "an", "any", "some", *OWNED})
"""After one of these the game takes any thing that fits and does not ask which."""

ARTICLES = INDEFINITE | {"the"}

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
look l : -> look; at {noun} -> examine; {noun} -> examine; \
inside/in/into/through {noun} -> search; under {noun} -> under
examine x watch describe check read : {noun} -> examine
search : {noun} -> search
inventory i inv : -> inventory
(go) : {direction} -> go
go walk run : -> go nowhere; {direction} -> go; {noun} -> enter; into/in/inside/through {noun} -> enter
take carry hold : {things} -> take; inventory -> inventory; off {noun} -> take off; {held} off -> take off; \
{inside} from {noun} -> take from; {inside} off {noun} -> take from
get : out/off/up/down -> leave; {things} -> take; in/into/on/onto {noun} -> enter; off/down {noun} -> get off; \
{inside} from {noun} -> take from
pick : up {things} -> take; {things} up -> take
remove : {held} -> take off; {inside} from {noun} -> take from
put : on {held} -> wear; {other} in/inside/into {noun} -> insert; {other} on/onto {noun} -> put; \
down {held} -> drop; {held} down -> drop
insert : {other} in/into {noun} -> insert
drop throw discard : {held} -> drop; {other} in/into/down {noun} -> insert; {other} on/onto {noun} -> put; \
{held} at/against {noun} -> throw
give pay offer feed : {held} to {someone} -> give; {someone} {held} -> give
answer say shout speak : {text} to {someone} -> answer
ask : {someone} about {text} -> answer; {someone} for {noun} -> ask for
tell : {someone} about {text} -> answer
open unwrap uncover : {noun} -> open; {noun} with {held} -> unlock
close shut cover : {noun} -> close; up {noun} -> close
lock : {noun} with {held} -> lock
unlock : {noun} with {held} -> unlock
eat : {held} -> eat
enter cross : -> enter nothing; {noun} -> enter
sit : on/in/inside {noun} -> sit
lie : on/in/inside {noun} -> sit
stand : -> leave; up -> leave; on {noun} -> enter
exit out leave : -> leave
wait z : -> wait
score : -> score
goal : -> goal
help : -> help
jump skip hop : -> jump
sleep nap : -> sleep
think : -> think
wake awake awaken : -> wake; up -> wake
yes y : -> yes
no : -> yes
sorry : -> sorry
smell sniff : -> smell; {noun} -> smell
listen hear : -> listen; to {noun} -> listen
taste : {noun} -> taste
touch feel : {noun} -> touch
push move shift clear press : {noun} -> push; {noun} {direction} -> push
pull drag : {noun} -> push
turn rotate twist unscrew screw : {noun} -> push
attack break smash hit fight torture wreck crack destroy murder kill punch thump : {noun} -> attack
rub shine polish clean dust wipe scrub : {noun} -> rub
climb scale : {noun} -> climb; up/over {noun} -> climb
wear don : {held} -> wear
shed doff disrobe : {held} -> take off
burn light : {noun} -> burn
cut slice prune chop : {noun} -> cut
drink swallow sip : {noun} -> drink
squeeze squash : {noun} -> squeeze
kiss embrace hug : {someone} -> kiss
wave : -> wave; {held} -> wave it
swing : {noun} -> swing; on {noun} -> swing
buy purchase : {noun} -> buy
"""

_COOKING_GRAMMAR = """
slice : {noun} with/using {noun} -> slice
dice : {noun} with/using {noun} -> dice
chop : {noun} with/using {noun} -> chop
cut : {noun} -> cut how
cook : {noun} with/in/on/using {noun} -> cook
prepare : meal -> prepare
drink swallow sip : {noun} -> drink it
"""


def _read(lines: str) -> dict[str, tuple[Pattern, ...]]:
    """The verbs of a grammar with their patterns."""
    table: dict[str, tuple[Pattern, ...]] = {}
    for line in lines.strip().splitlines():
        verbs, _, rest = line.partition(" : ")
        parts = (part.partition("-> ") for part in rest.split("; "))
        patterns = tuple((tuple(tokens.split()), action) for tokens, _, action in parts)
        table.update(dict.fromkeys(verbs.split(), patterns))
    return table


PATTERNS = _read(_GRAMMAR)
"""For each verb its patterns."""

COOKING_PATTERNS = {verb: patterns for verb, patterns in PATTERNS.items() if verb not in ("prune",)} | _read(
    _COOKING_GRAMMAR
)
"""The same for cooking games."""

SPOKEN = {
    "x": "examine",
    "l": "look",
    "i": "take inventory",
    "inv": "take inventory",
    "inventory": "take inventory",
    "z": "wait",
}
"""How the game names a verb that was abbreviated."""

RESPONSES: dict[str, tuple[str, bool]] = {
    "go nowhere": ("You'll have to say which compass direction to go in.", False),
    "leave": ("But you aren't in anything at the moment.", False),
    "sit": ("That's not something you can sit down on.", False),
    "give": ("You lack the dexterity.", False),
    "kiss": ("You don't get much from that.", False),
    "answer": ("There is no reply.", False),
    "ask for": ("You can only do that to something animate.", False),
    "enter nothing": ("You must supply a noun.", False),
    "wait": ("Time passes.", True),
    "jump": ("You jump on the spot.", True),
    "sleep": ("You aren't feeling especially drowsy.", False),
    "think": ("What a good idea.", True),
    "wake": ("The dreadful truth is, this is not a dream.", False),
    "yes": ("That was a rhetorical question.", False),
    "sorry": ("Oh, don't apologise.", False),
    "smell": ("You smell nothing unexpected.", True),
    "listen": ("You hear nothing unexpected.", True),
    "taste": ("You taste nothing unexpected.", True),
    "touch": ("You feel nothing unexpected.", True),
    "under": ("You find nothing of interest.", True),
    "attack": ("Violence isn't the answer to this one.", False),
    "climb": ("Little is to be achieved by that.", False),
    "burn": ("This dangerous act would achieve little.", False),
    "cut": ("Cutting it up would achieve little.", False),
    "drink": ("There's nothing suitable to drink here.", False),
    "squeeze": ("You achieve nothing by this.", False),
    "swing": ("There's nothing sensible to swing here.", False),
    "wave": ("You wave.", True),
    "buy": ("Nothing is on sale.", False),
}
"""The answers of actions that never change anything, and whether the game lets them happen."""

SELF_RESPONSES: dict[str, tuple[str, bool]] = {
    "touch": ("You achieve nothing by this.", True),
    "examine": ("As good-looking as ever.", True),
    "search": ("You find nothing of interest.", True),
    "take": ("You are always self-possessed.", False),
    "drop": ("You lack the dexterity.", False),
    "eat": ("You're plainly inedible.", False),
    "open": ("You aren't something you can open.", False),
    "close": ("You aren't something you can close.", False),
    "push": ("You might not like that.", False),
    "rub": ("You rub yourself.", True),
    "squeeze": ("You might not like that.", False),
    "cut": ("Cutting you up would achieve little.", False),
    "wave it": ("But you aren't holding you.", False),
    "enter": ("You're not something you can enter.", False),
    "take off": ("You aren't wearing yourself.", False),
}
"""The answers to what a player does to the player."""

HELP = (
    "You can look around, go in a direction, examine, take, drop, open, close or eat a thing, take it from, put it on "
    "or insert it into another, lock or unlock a thing with its key, list your inventory, and be told the goal."
)
"""The answer to ``help``."""
