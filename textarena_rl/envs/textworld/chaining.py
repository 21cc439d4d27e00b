"""The search for a quest, with the choices of the ``textworld`` package and a part of its work.

The package's search is depth first: it builds every child of a node and goes on with the last. :class:`_Ahead` builds a
child when the search gets to it. The order of the children, and so the quest, is the same; nothing random happens while
a child is built.

The package tests each new state against all constraints from scratch. :class:`_Constraints` asks only whether the facts
that were added break one: a state that kept the constraints before cannot break them otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["sampler"]


class _Ahead:
    """The children of one node, last first, each built when asked for.

    Args:
        attempts: What a child may be made from, in the package's order.
        build: Makes a child, or None where that is against the rules.
    """

    def __init__(self, attempts: list[Any], build: Callable[[Any], Any]) -> None:
        self._attempts = attempts
        self._build = build

    def __iter__(self) -> Iterator[Any]:
        while self._attempts:
            child = self._build(self._attempts.pop())
            if child is not None:
                yield child


class _Constraints:
    """The combinations of facts that must not hold together.

    Args:
        logic: The rules of a game, of the ``textworld`` package.
    """

    def __init__(self, logic: Any) -> None:
        from textworld.logic import Signature

        self._bodies: list[list[tuple[tuple[Any, ...], list[Any]]]] = []
        self._uses: dict[Any, list[tuple[int, int]]] = {}
        for number, constraint in enumerate(logic.constraints.values()):
            body = []
            for place, predicate in enumerate(constraint.preconditions):
                types = [logic.types.get(name) for name in predicate.signature.types]
                signatures = [
                    Signature(predicate.signature.name, [type.name for type in subtypes])
                    for subtypes in logic.types.multi_subtypes(types)
                ]
                body.append((predicate.parameters, signatures))
                for signature in signatures:
                    self._uses.setdefault(signature, []).append((number, place))
            self._bodies.append(body)

    def broken_by(self, state: Any, facts: Any) -> bool:
        """Whether a constraint is broken by one of these facts of the state together with others."""
        for fact in facts:
            for number, place in self._uses.get(fact.signature, ()):
                body = self._bodies[number]
                bound: dict[Any, Any] = {}
                if _bind(body[place][0], fact.arguments, bound) is not None:
                    rest = body[:place] + body[place + 1 :]
                    if self._match(state, rest, bound):
                        return True
        return False

    def _match(self, state: Any, body: list[tuple[tuple[Any, ...], list[Any]]], bound: dict[Any, Any]) -> bool:
        if not body:
            return True
        (parameters, signatures), rest = body[0], body[1:]
        for signature in signatures:
            for fact in state.facts_with_signature(signature):
                added = _bind(parameters, fact.arguments, bound)
                if added is None:
                    continue
                if self._match(state, rest, bound):
                    return True
                for name in added:
                    del bound[name]
        return False


def _bind(parameters: Any, values: Any, bound: dict[Any, Any]) -> list[Any] | None:
    """Note that the parameters stand for the values; None, and nothing noted, where that contradicts what is known.

    Two parameters never stand for the same thing.
    """
    added = []
    for name, value in zip(parameters, values, strict=True):
        known = bound.get(name)
        if known is None and value not in bound.values():
            bound[name] = value
            added.append(name)
        elif known != value:
            for other in added:
                del bound[other]
            return None
    return added


class _Search:
    """The package's depth-first search, with children built when the search gets to them.

    Args:
        state: The state in which the quest is to end.
        options: The package's options of chaining.
    """

    def __init__(self, state: Any, options: Any) -> None:
        from textworld.generator.chaining import _Chainer

        self.package = _Chainer(state, options)
        self.options = options
        self.limits = _Constraints(options.logic)
        self.hopeless = self.limits.broken_by(state, list(state.facts))
        self.root = self.package.root()

    def apply(self, node: Any, action: Any) -> Any:
        """The state after (or, searching backward, before) an action; None if it is not allowed or not new."""
        if self.hopeless:
            return None
        state = node.state.copy()
        assumed = [fact for fact in action.preconditions if not state.is_fact(fact)]
        state.add_facts(assumed)
        if self.limits.broken_by(state, assumed):
            return None
        state.apply(action)
        if self.limits.broken_by(state, action.added):
            return None
        earlier = state.copy()
        earlier.apply(action.inverse())
        while node.action:
            earlier.apply(node.action.inverse())
            if earlier == state:
                return None
            node = node.parent
        return state

    def attempts(self, node: Any, rules: Any) -> list[Any]:
        """The package's candidates, in the order that its random stream gives them."""
        assignments: list[Any] = self.package.all_assignments(node, rules)
        if self.options.rng:
            self.options.rng.shuffle(assignments)
        return assignments

    def child(self, node: Any, parent: Any, partial: Any, refused: Any) -> Any:
        """The action and the state that a candidate leads to, or None."""
        action = self.package.try_instantiate(node.state, partial)
        if not action or action in refused or not self.package.check_action(parent, node.state, action):
            return None
        state = self.apply(node, action)
        return (action, state) if state else None

    def children(self, node: Any) -> _Ahead:
        """What the package's ``chain`` yields, last first."""
        if node.depth >= self.options.max_depth or node.length >= self.options.max_length:
            return _Ahead([], lambda _: None)
        rules = self.options.get_rules(node.depth)
        attempts = self.attempts(node, rules)

        def build(attempt: Any) -> Any:
            place, partial = attempt
            made = self.child(node, node, partial, ())
            if made is None:
                return None
            used: Any = (node, node, attempts[: place + 1], frozenset())
            return type(node)(node, node, made[1], made[0], rules, used, node.breadth)

        return _Ahead(list(enumerate(attempts)), build)

    def siblings(self, node: Any) -> _Ahead:
        """What the package's ``backtrack`` yields, last first."""
        if node.breadth >= self.options.max_breadth or node.length >= self.options.max_length:
            return _Ahead([], lambda _: None)
        chain, parent = [], node
        while parent.dep_parent:
            if parent.depth == 1 and not self.options.independent_chains:
                break
            chain.append(parent)
            parent = parent.dep_parent
        attempts: list[Any] = []
        for sibling in reversed(chain):
            rules = self.options.get_rules(sibling.dep_parent.depth)
            refused = self.used(sibling)
            attempts += [(sibling.dep_parent, rules, refused, item) for item in self.attempts(node, rules)]

        def build(attempt: Any) -> Any:
            parent, rules, refused, partial = attempt
            made = self.child(node, parent, partial, refused)
            if made is None:
                return None
            used = (node, parent, [partial], refused)
            return type(node)(node, parent, made[1], made[0], rules, used, node.breadth + 1)

        return _Ahead(attempts, build)

    def used(self, node: Any) -> Any:
        """The actions that the package would have noted down for a node: computed here on demand only."""
        if isinstance(node.used, tuple):
            origin, parent, tried, before = node.used
            made = (self.child(origin, parent, partial, before) for partial in tried)
            node.used = before | {item[0] for item in made if item is not None}
        return node.used

    def complete(self, node: Any) -> bool:
        """Whether the commands down to a node make a quest."""
        options = self.options
        return bool(
            node.length >= options.min_length
            and node.depth >= options.min_depth
            and node.breadth >= options.min_breadth
        )

    def run(self, report: Callable[[str], None]) -> Any:
        """The first quest that the package would find, or None."""
        stack: list[Iterator[Any]] = [iter([self.root])]
        while stack:
            node = next(stack[-1], None)
            if node is None:
                stack.pop()
                continue
            report(f"{node.length} of {self.options.max_length} commands found")
            children = iter(self.children(node))
            first = next(children, None)
            if first is not None:
                stack += [children, iter([first])]
            if first is None or self.options.subquests:
                stack.append(iter(self.siblings(node)))
                if self.complete(node):
                    return self.package.make_chain(node)
        return None


def sampler(report: Callable[[str], None]) -> Callable[[Any, Any], Any]:
    """A replacement for the package's ``sample_quest``.

    Args:
        report: Told, at every step of the search, how many of the commands are found.
    """

    def sample_quest(state: Any, options: Any) -> Any:
        from textworld.generator import QuestGenerationError

        chain = _Search(state, options).run(report)
        if chain is None:
            raise QuestGenerationError(f"No quest can be generated with these options: {options}")
        return chain

    return sample_quest
