import unittest

from recur import Agenda, Day, Rule


class AgendaTest(unittest.TestCase):
    def setUp(self):
        self.agenda = Agenda()
        self.agenda.add("bins", Rule(Day(2024, 1, 1), "week"))
        self.agenda.add("choir", Rule(Day(2024, 1, 2), "day", step=3, count=5))

    def test_name_twice(self):
        with self.assertRaises(ValueError):
            self.agenda.add("bins", Rule(Day(2024, 1, 1)))

    def test_between(self):
        found = self.agenda.between(Day(2024, 1, 5), Day(2024, 1, 8))
        self.assertEqual([(day.day, name) for day, name in found], [(5, "choir"), (8, "bins"), (8, "choir")])

    def test_clashes(self):
        self.assertEqual(self.agenda.clashes(Day(2024, 1, 1), Day(2024, 1, 31)), [(Day(2024, 1, 8), ["bins", "choir"])])

    def test_upcoming(self):
        self.assertEqual(
            self.agenda.upcoming(Day(2024, 1, 9)), [(Day(2024, 1, 11), "choir"), (Day(2024, 1, 15), "bins")]
        )

    def test_ended_rules_are_left_out(self):
        self.assertEqual([name for _, name in self.agenda.upcoming(Day(2024, 1, 14))], ["bins"])

    def test_free_days(self):
        days = self.agenda.free_days(Day(2024, 1, 1), Day(2024, 1, 4))
        self.assertEqual([day.day for day in days], [3, 4])

    def test_busiest(self):
        self.assertEqual(self.agenda.busiest(Day(2024, 1, 1), Day(2024, 1, 31)), Day(2024, 1, 8))
        self.assertEqual(self.agenda.busiest(Day(2024, 1, 1), Day(2024, 1, 7)), Day(2024, 1, 1))
        self.assertIsNone(self.agenda.busiest(Day(2023, 1, 1), Day(2023, 1, 7)))
