"""Sections to text."""

from confix.reader import DEFAULT


def quoted(value):
    """A value as it must be written to be read back."""
    text = str(value)
    needs = text != text.strip() or "#" in text or ";" in text or (text[:1] in "\"'" and text != "")
    if not needs and not text.endswith("\\"):
        return text
    mark = "'" if '"' in text else '"'
    return mark + text + mark


def write(config):
    """The whole configuration: ``default`` first, then the sections in order, empty ones only if they inherit."""
    blocks = []
    for name in [DEFAULT, *(name for name in config.sections if name != DEFAULT)]:
        values = config.sections[name]
        if not values and name not in config.parents:
            continue
        lines = []
        if name != DEFAULT:
            parent = config.parents.get(name)
            lines.append(f"[{name} : {parent}]" if parent else f"[{name}]")
        for key in sorted(values):
            lines.append(f"{key} = {quoted(values[key])}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n" if blocks else ""


def changed_lines(old, new):
    """What differs between two configurations, one line each: ``+`` came, ``-`` went, ``~`` changed."""
    lines = []
    places = {(section, key) for config in (old, new) for section, table in config.sections.items() for key in table}
    for section, key in sorted(places):
        before = old.sections.get(section, {}).get(key)
        after = new.sections.get(section, {}).get(key)
        if before == after:
            continue
        if before is None:
            lines.append(f"+ {section}.{key} = {after}")
        elif after is None:
            lines.append(f"- {section}.{key}")
        else:
            lines.append(f"~ {section}.{key}: {before} -> {after}")
    return lines
