"""Several rules together."""

from recur.expand import next_after, occurrences


class Agenda:
    """Rules by name."""

    def __init__(self):
        self.rules = {}

    def add(self, name, rule):
        """Add a rule; a name can be used once."""
        if name in self.rules:
            raise ValueError(f"{name} is there already")
        self.rules[name] = rule

    def between(self, first, last):
        """All dates between two days, both included, as ``(day, name)`` in order."""
        found = []
        for name, rule in self.rules.items():
            for day in occurrences(rule.ending(last) if rule.endless else rule):
                if first <= day <= last:
                    found.append((day, name))
        return sorted(found, key=lambda item: (item[0].key(), item[1]))

    def clashes(self, first, last):
        """Days on which more than one rule falls, with the names."""
        by_day = {}
        for day, name in self.between(first, last):
            by_day.setdefault(day, []).append(name)
        return [(day, names) for day, names in by_day.items() if len(names) > 1]

    def upcoming(self, day):
        """The next date of each rule after a day, soonest first; ended rules are left out."""
        found = []
        for name, rule in self.rules.items():
            following = next_after(rule, day)
            if following is not None:
                found.append((following, name))
        return sorted(found, key=lambda item: (item[0].key(), item[1]))

    def free_days(self, first, last):
        """Days between two days, both included, on which nothing falls."""
        taken = {day for day, _ in self.between(first, last)}
        days = [first.plus(offset) for offset in range(last - first + 1)]
        return [day for day in days if day not in taken]

    def busiest(self, first, last):
        """The day with the most dates, the earliest of equals, or None."""
        best, most = None, 0
        counts = {}
        for day, _ in self.between(first, last):
            counts[day] = counts.get(day, 0) + 1
            if counts[day] > most:
                best, most = day, counts[day]
        return best
