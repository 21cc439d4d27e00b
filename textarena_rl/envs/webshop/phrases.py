"""What products can be: attributes with other words for each, and the sentences around them.

In every phrase, ``~`` stands before a noun.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ATTRIBUTES", "Attribute", "attributes_of", "nouns_in", "without_marks"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that a product can be, have, or be good for."""

    phrase: str
    """How the shop says it."""
    nouns: tuple[str, ...]
    """The nouns in it."""
    others: tuple[str, ...]
    """The same in other words."""
    place: str
    """Where an instruction says it: ``is`` before the kind, ``with`` or ``for`` behind it."""
    groups: frozenset[str]
    """Which groups of kinds can have it; empty: all of the department."""


def without_marks(phrase: str) -> str:
    """The phrase as it is shown.

    >>> without_marks("long ~sleeve")
    'long sleeve'
    """
    return phrase.replace("~", "")


def nouns_in(phrase: str) -> tuple[str, ...]:
    """The nouns of a phrase with marks.

    >>> nouns_in("~hair ~dryer")
    ('hair', 'dryer')
    """
    return tuple(word[1:].lower() for word in phrase.split() if word.startswith("~"))


# place [which groups of kinds, if not all]: phrase = other words / other words
_ROWS = {
    "beauty": """
is: cruelty free = never tested on animals / kind to animals
is [liquid]: ~paraben free = without parabens / no harsh preservatives
is [liquid]: ~sulfate free = without sulfates / no stripping detergents
is: ~fragrance free = without perfume / free of added smells
is [liquid]: ~alcohol free = without alcohol / no drying spirits
is: long lasting = stays on all day / does not fade
is [liquid]: ~dermatologist tested = checked by skin doctors / approved in clinics
is [liquid]: fast drying = sets in seconds / dries at once
is: ~travel sized = fits a carry-on / small enough for trips
is: hypoallergenic = mild on reactive people / unlikely to irritate
is [makeup tool]: water proof = survives swimming / does not run when wet
is: easy to apply = goes on without effort / simple to put on
with [liquid makeup]: hyaluronic ~acid = a moisture binding molecule / plumping hydration
with [liquid makeup]: ~tea ~tree = melaleuca extract / a cooling bush leaf
with [liquid makeup]: ~argan ~oil = moroccan kernel drops / argania extract
with [liquid makeup]: ~coconut ~oil = palm fruit fat / tropical nut butter
with [liquid makeup]: ~aloe ~vera = soothing cactus gel / succulent juice
with [liquid makeup]: ~vitamin ~c = ascorbic brightener / a citrus antioxidant
with [liquid makeup]: ~shea ~butter = karite nut cream / a rich african nut fat
with [liquid makeup]: collagen ~peptides = firming proteins / skin building chains
for [liquid makeup]: dry ~skin = flaky and tight faces / parched complexions
for: sensitive ~skin = easily reddened faces / delicate complexions
for [liquid tool]: damaged ~hair = brittle and broken strands / overworked locks
for [liquid makeup]: fine ~lines = first wrinkles / small creases
for [liquid makeup]: dark ~circles = tired shadows / rings under the eyes
for: daily ~use = every morning / round the clock routines
""",
    "electronics": """
is: ~water resistant = shrugs off rain / splash safe
is [power]: fast ~charging = full in no time / refills quickly
is [audio]: noise cancelling = shuts out the world / silences the crowd
is: easy to install = up in minutes / needs no technician
is: hands free = no holding needed / leaves your fingers alone
is [thing power]: high ~speed = very quick transfers / blazing throughput
is: ~plug and ~play = no drivers needed / works at once
is: heavy ~duty = built for rough days / takes a beating
is [picture]: high ~definition = razor sharp pictures / crisp detail
is [thing]: non slip = grips firmly / never slides away
is: easy to carry = goes anywhere / light in a backpack
is: ~dust proof = sealed against dirt / keeps sand out
with [audio power picture]: long ~battery ~life = runs for days / seldom needs power
with [power]: quad core = four processing units / a four way chip
with: aluminum ~alloy = light metal / a metallic shell
with [audio]: stereo ~sound = two channel audio / left and right music
with [picture]: ~motion ~detection = notices movement / senses passers-by
with [picture]: night ~vision = sees in darkness / infrared eyes
with [thing]: carbon ~fiber = woven black composite / racing grade weave
with [audio power]: ~touch ~control = reacts to taps / finger commands
with [thing picture]: tempered ~glass = hardened panes / shatter proof front
with [audio power]: ~voice ~assistant = listens to spoken orders / talks back
for: ~home ~theater = movie evenings / living room cinemas
for: outdoor ~travel = trips in the open / hikes and camps
for [audio picture]: ~video ~calls = meetings on screen / remote conferences
for: ~kids ~learning = young pupils / school children
""",
    "fashion": """
is: ~machine washable = goes in the laundry / cleans at forty degrees
is: hand ~wash only = clean it by hand / keep it out of the laundry drum
is [shoe cloth accessory]: light ~weight = barely felt / weighs next to nothing
is [shoe]: slip resistant = keeps its footing / holds on wet tiles
is: quick drying = loses moisture fast / ready soon after rain
is: ~moisture wicking = draws off sweat / keeps you dry
is: ~wind proof = stops gusts / blocks every breeze
is [cloth]: slim fitting = close to the body / cut narrow
is [cloth]: loose fitting = cut wide / roomy all over
is [cloth]: high waisted = sits above the hips / rises to the navel
is [cloth]: ~tummy slimming = flattens the belly / smooths the middle
is: hand crafted = made by artisans / stitched one at a time
with [shoe]: memory ~foam = cushioning that adapts / pressure absorbing padding
with [shoe]: ~rubber ~sole = grippy bottom / an elastic outsole
with [shoe]: arch ~support = lifts the instep / feeds the curve of the foot
with [cloth]: elastic ~waistband = stretchy top edge / gives at the belly
with [cloth]: long ~sleeves = covers the arms / reaches the wrists
with [shoe cloth]: ~zipper ~closure = zips up / a metal slider
with [cloth]: ~button ~closure = buttons up / fastens with discs
with: faux ~fur = fluffy imitation trim / animal friendly fluff
with [cloth]: ~drawstring ~hood = ties around the head / a corded cap
with [cloth accessory]: hidden ~pockets = secret pouches / concealed storage
for: ~teen ~girls = adolescent daughters / young ladies
for: everyday ~wear = day in day out / ordinary outings
for [shoe cloth]: ~gym ~workouts = training sessions / sweaty exercise
for: formal ~parties = festive nights / dressed up dinners
""",
    "garden": """
is: easy to clean = wipes off in a moment / stains come off
is [furniture]: easy to assemble = together in minutes / few screws only
is [textile]: super soft = like a cloud / gentle to the touch
is [textile]: double sided = good on either face / reversible
is: ~fade resistant = keeps its colors / bright after years of sun
is: ~space saving = fits tight corners / takes little room
is: ~eco friendly = kind to the planet / made responsibly
is [furniture]: fully assembled = needs no tools / ready from the box
is [furniture]: height adjustable = raises and lowers / set it to your level
is: stain resistant = spills bead off / shrugs off wine
is [vessel furniture]: hand painted = brushed by artists / colored stroke by stroke
is [furniture]: wall mounted = hangs up / fixed on plaster
with [furniture]: solid ~wood = real timber / massive planks
with [furniture]: stainless ~steel = rust free metal / polished chrome alloy
with [furniture textile]: ~lumbar ~cushion = holds the lower back / spine relief
with [furniture]: storage ~drawers = pull out boxes / room for small things
with [textile]: blackout ~lining = keeps out daylight / total darkness
with [furniture]: led ~bulb = diode light / low power glow
with [textile]: ~fringe ~trim = tasseled edges / dangling threads
with [textile]: non woven ~backing = felt underside / grippy reverse
with [vessel]: ~drainage ~holes = lets water out / perforated bottom
with [furniture vessel]: metal ~frame = iron skeleton / welded tubes
for: living ~room = the lounge / family sofas
for: dining ~room = where you eat / dinner corners
for: small ~apartments = tiny flats / studio homes
for: ~guest ~bedroom = visitors at night / spare chambers
""",
    "grocery": """
is: ~gluten free = without wheat / safe for celiacs
is: ~dairy free = without milk / no lactose
is: non gmo = from untouched seeds / not engineered
is: ~sugar free = without sweeteners / zero glucose
is [food]: fat free = without grease / nothing oily
is: low ~sodium = little salt / easy on blood pressure
is [food]: low ~carb = few starches / suits a low glycemic diet
is: certified organic = grown without pesticides / ecologically farmed
is: plant based = nothing from animals / wholly vegetarian
is: ~kosher certified = under rabbinical supervision / follows jewish law
is [food]: ready to eat = no cooking needed / open and enjoy
is: individually wrapped = each in its own sleeve / sealed one by one
is: hand picked = gathered with care / harvested by people
is [food]: freeze dried = preserved by cold / crisp from vacuum
with [food]: high ~protein = plenty of amino acids / muscle food
with [food]: dietary ~fiber = roughage / helps digestion
with: natural ~ingredients = nothing artificial / straight from nature
with: antioxidant ~vitamins = guards the cells / added nutrients
with: resealable ~bag = closes again / stays fresh after opening
with: bold ~taste = intense on the tongue / a strong character
with: artisan ~recipe = made the old way / crafted by masters
with: simple ~label = a short list of contents / few components
for: ~keto ~diet = ketogenic eaters / fat burning plans
for: ~lunch ~boxes = school breaks / packed noons
for: ~birthday ~gifts = presents / celebrations of another year
for: ~camping ~trips = nights in a tent / meals in the wild
""",
}


def _attributes(rows: str) -> tuple[Attribute, ...]:
    found = []
    for row in rows.strip().splitlines():
        where, _, rest = row.partition(": ")
        place, _, groups = where.partition(" ")
        phrase, _, others = rest.partition(" = ")
        found.append(
            Attribute(
                phrase=without_marks(phrase),
                nouns=nouns_in(phrase),
                others=tuple(others.split(" / ")),
                place=place,
                groups=frozenset(groups.strip("[]").split()),
            )
        )
    return tuple(found)


ATTRIBUTES = {department: _attributes(rows) for department, rows in _ROWS.items()}
"""Department to the attributes that its products can have."""


def attributes_of(department: str, group: str) -> tuple[Attribute, ...]:
    """The attributes that kinds of a group can have."""
    return tuple(attribute for attribute in ATTRIBUTES[department] if not attribute.groups or group in attribute.groups)
