# ruff: noqa: E501  (a table has one row a line)
"""What the generated shop sells: departments, kinds of products, and what can be chosen.

In every phrase, ``~`` stands before a noun; the reward compares the nouns of titles.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AXES", "DEPARTMENTS", "KINDS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of product."""

    name: str
    """What people search for, in the plural."""
    heads: tuple[str, ...]
    """How titles call one, nouns marked; the first is the usual one."""
    other_names: tuple[str, ...]
    """What else people say for ``name``."""
    department: str
    group: str
    """Kinds of a group share the attributes that fit them."""
    path: str
    """The way through the shop."""
    axes: tuple[str, ...]
    """What can be chosen, the most usual first; keys of :data:`AXES`."""
    prices: tuple[int, int]
    """Where most prices lie, in dollars."""
    material: str
    """A few words on what it is made of, for features that say little."""


DEPARTMENTS = {
    "beauty": "Beauty & Personal Care",
    "electronics": "Electronics",
    "fashion": "Clothing, Shoes & Jewelry",
    "garden": "Home & Kitchen",
    "grocery": "Grocery & Gourmet Food",
}

_COLOURS = (
    "azure beige black blue bronze brown burgundy coral ivory gold gray green khaki lavender lime maroon mint"
    " navy olive orange peach pink purple silver taupe teal turquoise violet white yellow"
)

# Values of one axis never resemble each other in the reward's eyes, alone or with their name.
AXES: dict[str, tuple[str, tuple[str, ...]]] = {
    "color": (
        "color",
        tuple(_COLOURS.split()),
    ),
    "clothes": ("size", ("small", "medium", "large", "1x", "2x", "3x", "4x")),
    "shoe": ("size", ("5", "6", "7", "8", "9", "10", "11", "12", "13")),
    "fit": ("fit type", ("slim cut", "regular cut", "relaxed cut", "tall")),
    "length": ("length", ("3 ft", "6 ft", "10 ft", "15 ft", "25 ft")),
    "storage": ("capacity", ("32gb", "64gb", "128gb", "256gb", "512gb")),
    "device": ("compatible model", ("nova 11", "nova 12 pro", "zephyr s20", "zephyr fold", "orbit lite", "orbit max")),
    "plug": ("style", ("micro usb", "type c", "wireless dock", "barrel plug")),
    "screen": ("size", ("24in desk", "27in curved", "32in wide", "43in flat", "55in wall")),
    "volume": ("size", ("travel 2 oz", "regular 8 oz", "family 16 oz", "one gallon", "half pint")),
    "scent": ("scent", ("vanilla", "jasmine", "sea breeze", "citrus", "cedarwood", "unscented", "honey", "eucalyptus")),
    "tone": ("shade", ("porcelain", "fair", "warm honey", "almond", "hazel", "cocoa", "ruby", "berry", "terracotta")),
    "count": ("pack", ("single", "two pack", "set of three", "half dozen", "bulk case")),
    "flavor": (
        "flavor name",
        ("original", "sea salt", "spicy chili", "honey", "maple", "smoky bbq", "garlic herb", "cinnamon", "raspberry"),
    ),
    "weight": ("size", ("8 ounce", "half pound", "one pound", "two pounds", "five pound tub")),
    "bed": ("size", ("twin", "full", "queen", "king", "crib")),
    "rug": ("size", ("2 x 3 ft", "4 x 6 ft", "5 x 7 ft", "8 x 10 ft", "9 x 12 ft")),
    "finish": (
        "finish",
        ("espresso", "oak", "cherry", "birch", "distressed", "matte", "brushed nickel", "antique brass"),
    ),
    "pattern": (
        "pattern name",
        ("floral", "striped", "geometric", "plaid", "solid", "paisley", "polka dot", "tropical"),
    ),
    "pot": ("size", ("four inch", "six inch", "ten inch", "fourteen inch", "twenty inch")),
}
"""Axis to the name under which the shop shows it, and its values."""

# kind | group | titles | other names | path behind the department | axes | low-high price | material
_ROWS = {
    "beauty": """
hair dryers|tool|~hair ~dryer,~blow ~dryer|blow dryers|Hair Care › Styling Tools|color plug count|25-140|ceramic coils and a quiet motor
shampoos|liquid|~shampoo,~cleansing ~shampoo|hair washes|Hair Care › Shampoo & Conditioner|volume scent count|7-40|gentle cleansers
hair masks|liquid|~hair ~mask,deep ~conditioner|deep conditioners|Hair Care › Treatments|volume scent count|8-45|plant butters and proteins
lipsticks|makeup|~lipstick,~lip ~color|lip colors|Makeup › Lips|tone count|6-35|waxes and pigments
eyeshadow palettes|makeup|~eyeshadow ~palette,~eye ~palette|eye shadow kits|Makeup › Eyes|tone count|9-60|pressed powders
makeup brushes|tool|~makeup ~brush ~set,~cosmetic ~brushes|cosmetic brushes|Makeup › Tools & Accessories|color count|8-50|soft bristles and light handles
nail polishes|makeup|~nail ~polish,~nail ~lacquer|nail lacquers|Foot, Hand & Nail Care › Nail Polish|tone volume|5-25|fast setting resins
face moisturizers|liquid|~face ~moisturizer,~day ~cream|day creams|Skin Care › Face|volume scent count|10-70|light emulsions
sunscreens|liquid|~sunscreen ~lotion,~sun ~cream|sun creams|Skin Care › Sun|volume scent count|8-40|mineral filters
body lotions|liquid|~body ~lotion,~skin ~milk|skin milks|Skin Care › Body|volume scent count|6-35|oils and humectants
perfumes|liquid|~perfume ~spray,~eau de ~parfum|fragrances|Fragrance › Sprays|scent volume|18-120|essences in alcohol
beard oils|liquid|~beard ~oil,~beard ~serum|beard serums|Shave & Hair Removal › Beard Care|scent volume count|8-35|cold pressed seeds
toothbrushes|tool|electric ~toothbrush,~sonic ~toothbrush|electric tooth cleaners|Oral Care › Brushes|color count plug|15-130|rounded filaments
""",
    "electronics": """
wireless earbuds|audio|wireless ~earbuds,~bluetooth ~earphones|cordless earphones|Headphones › Earbud Headphones|color device plug|20-180|small drivers and soft tips
bluetooth speakers|audio|~bluetooth ~speaker,portable ~speaker|portable speakers|Portable Audio & Video › Speakers|color plug|20-220|a woven grille and twin drivers
phone cases|thing|~phone ~case,protective ~cover|mobile covers|Cell Phones › Cases|device color|8-45|a rigid back and soft edges
charging cables|power|~charging ~cable,~charger ~cord|charger cords|Cell Phones › Cables|length plug color|6-30|stranded copper under a sleeve
power banks|power|~power ~bank,portable ~charger|portable chargers|Cell Phones › Portable Power|color plug|15-90|flat cells
computer monitors|picture|~computer ~monitor,~desktop ~display|desktop displays|Computers › Monitors|screen finish|110-600|a slim panel on a metal foot
gaming keyboards|power|~gaming ~keyboard,mechanical ~keyboard|mechanical keyboards|Computers › Keyboards|color plug|25-160|sturdy switches
computer mice|power|wireless ~mouse,optical ~mouse|pointing devices|Computers › Mice|color plug|10-90|a smooth shell
tablet stands|thing|~tablet ~stand,~tablet ~holder|tablet holders|Computers › Tablet Accessories|color device|12-60|folded alloy
smart watches|audio|~smart ~watch,~fitness ~tracker|fitness trackers|Wearable Technology › Watches|color device|30-260|a bright dial on a soft strap
security cameras|picture|~security ~camera,~surveillance ~camera|surveillance cams|Camera & Photo › Video Surveillance|color plug count|25-210|a sealed housing
camera tripods|thing|~camera ~tripod,~travel ~tripod|camera legs|Camera & Photo › Tripods|color device|20-170|telescoping tubes
movie projectors|picture|~movie ~projector,~video ~projector|beamers|Television & Video › Projectors|color plug|60-420|glass optics
memory cards|power|~memory ~card,~flash ~card|flash cards|Camera & Photo › Memory|storage count|8-120|fast chips
""",
    "fashion": """
running shoes|shoe|running ~shoes,~jogging ~sneakers|jogging sneakers|Men › Shoes › Athletic|shoe color|30-160|knit uppers
ankle boots|shoe|~ankle ~boots,short ~booties|short booties|Women › Shoes › Boots|shoe color|35-190|stitched uppers
women's dresses|cloth|~women ~dress,~midi ~gown|ladies gowns|Women › Clothing › Dresses|clothes color pattern|18-110|flowing panels
women's jeans|cloth|~women ~jeans,~denim ~trousers|ladies denim trousers|Women › Clothing › Jeans|clothes color fit|22-100|sturdy twill
men's shirts|cloth|~men ~shirt,button down ~shirt|gents button downs|Men › Clothing › Shirts|clothes color fit|15-85|smooth yarns
winter jackets|cloth|~winter ~jacket,insulated ~parka|insulated parkas|Men › Clothing › Jackets & Coats|clothes color|45-260|baffled filling
hooded sweatshirts|cloth|hooded ~sweatshirt,~pullover ~hoodie|pullover hoodies|Men › Clothing › Fashion Hoodies|clothes color pattern|18-80|brushed jersey
pajama sets|cloth|~pajama ~set,~sleepwear ~set|sleepwear outfits|Women › Clothing › Sleep & Lounge|clothes pattern color|16-75|smooth jersey
swimsuits|cloth|one piece ~swimsuit,bathing ~suit|bathing suits|Women › Clothing › Swimsuits|clothes pattern color|18-95|stretch knit
wool socks|shoe|~wool ~socks,~hiking ~socks|warm hosiery|Men › Clothing › Socks|clothes color count|9-40|spun yarns
sun hats|accessory|~sun ~hat,wide ~brim ~hat|wide brim hats|Women › Accessories › Hats & Caps|color pattern|10-55|woven fibres
leather belts|accessory|~leather ~belt,~dress ~belt|waist straps|Men › Accessories › Belts|clothes color|12-70|one thick strap
handbags|accessory|~shoulder ~handbag,~crossbody ~purse|shoulder purses|Women › Handbags & Wallets › Shoulder Bags|color pattern|20-190|lined panels
sunglasses|accessory|polarized ~sunglasses,~sun ~shades|sun shades|Men › Accessories › Sunglasses & Eyewear|color|12-130|light frames
""",
    "garden": """
throw pillows|textile|~throw ~pillow,decorative ~cushion|decorative cushions|Bedding › Decorative Pillows|color pattern pot|9-50|a plump insert
bed sheets|textile|~bed ~sheet ~set,~sheet ~set|bed linens|Bedding › Sheets & Pillowcases|bed color pattern|20-120|long staple yarns
mattress toppers|textile|~mattress ~topper,~bed ~pad|bed pads|Bedding › Mattress Pads|bed count|40-240|layered padding
area rugs|textile|~area ~rug,~floor ~carpet|floor carpets|Home Décor › Area Rugs|rug color pattern|30-320|tufted pile
window curtains|textile|~window ~curtain,~drapery ~panel|drapes|Home Décor › Window Treatments|color pattern count|15-90|woven panels
wall mirrors|furniture|~wall ~mirror,hanging ~mirror|hanging looking glasses|Home Décor › Mirrors|finish pot|25-210|float glass
wall clocks|furniture|~wall ~clock,silent ~clock|wall timepieces|Home Décor › Clocks|finish color pot|14-85|a printed dial
table lamps|furniture|~table ~lamp,~bedside ~lamp|bedside lights|Lighting › Lamps & Shades|finish color|20-150|a weighted foot
bookcases|furniture|~bookcase,open ~bookshelf|book shelves|Furniture › Home Office Furniture|finish count|55-320|engineered boards
bar stools|furniture|~bar ~stool,~counter ~stool|counter chairs|Furniture › Game & Recreation Furniture|color finish count|50-290|a padded seat
office chairs|furniture|~office ~chair,~desk ~chair|desk chairs|Furniture › Home Office Chairs|color finish|80-420|a contoured back
coffee tables|furniture|~coffee ~table,~cocktail ~table|cocktail tables|Furniture › Living Room Furniture|finish color|60-390|solid legs
storage baskets|vessel|~storage ~basket,woven ~bin|woven bins|Storage & Organization › Baskets|color pot count|12-70|coiled rope
plant pots|vessel|~plant ~pot,~flower ~planter|flower planters|Patio, Lawn & Garden › Pots & Planters|pot color finish|10-80|fired clay
""",
    "grocery": """
coffee beans|drink|whole ~coffee ~beans,roasted ~coffee|roasted coffees|Beverages › Coffee|weight flavor count|9-45|arabica from small farms
green teas|drink|~green ~tea,loose ~leaf ~tea|leaf teas|Beverages › Tea|flavor count weight|6-35|young leaves
sparkling waters|drink|sparkling ~water,fizzy ~drink|fizzy drinks|Beverages › Bottled Water|flavor count|7-40|spring bubbles
protein bars|food|~protein ~bar,~nutrition ~bar|nutrition bars|Snack Foods › Bars|flavor count weight|10-50|whey and nuts
trail mixes|food|~trail ~mix,~nut ~mix|nut mixes|Snack Foods › Nuts & Seeds|weight flavor count|8-40|roasted kernels
potato chips|food|~potato ~chips,kettle ~crisps|kettle crisps|Snack Foods › Chips|flavor weight count|5-35|sliced tubers
beef jerky|food|~beef ~jerky,dried ~beef|dried meats|Snack Foods › Jerky|flavor weight count|9-45|lean strips
cookies|food|~butter ~cookies,baked ~biscuits|biscuits|Snack Foods › Cookies|flavor count weight|5-30|fresh dough
chocolates|food|~chocolate ~bar,~cocoa ~squares|cocoa treats|Candy & Chocolate › Bars|flavor count weight|6-40|ground cocoa
granola cereals|food|~granola ~cereal,crunchy ~muesli|crunchy mueslis|Breakfast Foods › Cereals|flavor weight count|7-35|toasted oats
fruit jams|drink|~fruit ~jam,~berry ~spread|berry spreads|Pantry Staples › Jams & Jellies|flavor weight count|6-30|slowly cooked fruit
hot sauces|drink|hot ~sauce,~pepper ~sauce|pepper sauces|Pantry Staples › Sauces|flavor volume count|5-30|aged peppers
olive oils|drink|~olive ~oil,~cooking ~oil|cooking oils|Pantry Staples › Oils|volume flavor count|9-60|first press olives
pasta noodles|food|~pasta ~noodles,~semolina ~spaghetti|semolina spaghetti|Pantry Staples › Pasta|weight count flavor|5-28|durum flour
""",
}


def _kinds() -> tuple[Kind, ...]:
    found = []
    for department, rows in _ROWS.items():
        for row in rows.strip().splitlines():
            name, group, heads, others, path, axes, prices, material = row.split("|")
            low, high = prices.split("-")
            found.append(
                Kind(
                    name=name,
                    heads=tuple(heads.split(",")),
                    other_names=tuple(others.split(",")),
                    department=department,
                    group=group,
                    path=f"{DEPARTMENTS[department]} › {path}",
                    axes=tuple(axes.split()),
                    prices=(int(low), int(high)),
                    material=material,
                )
            )
    return tuple(found)


KINDS = _kinds()
"""Every kind of product."""
