import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textarena_rl import InvalidConfig
from textarena_rl.curricula import Uniform

TASKS = [f"task {number}" for number in range(7)]


def test_every_epoch_holds_every_task_once_in_an_order_of_its_own():
    curriculum = Uniform(TASKS, seed=3)
    epochs = [curriculum.next_tasks(7) for _ in range(5)]
    assert all(sorted(epoch) == TASKS for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1
    assert epochs[0] != TASKS or epochs[1] != TASKS


@given(st.lists(st.integers(0, 20), max_size=8))
def test_the_sequence_does_not_depend_on_how_it_is_asked_for(sizes):
    pieces = Uniform(TASKS, seed=1)
    taken = [task for size in sizes for task in pieces.next_tasks(size)]
    assert taken == Uniform(TASKS, seed=1).next_tasks(sum(sizes))


@given(st.integers(0, 30), st.integers(0, 30))
def test_resuming_continues_as_if_never_stopped(before, after):
    whole = Uniform(TASKS, seed=2)
    whole.next_tasks(before)
    state = json.loads(json.dumps(whole.state_dict()))
    resumed = Uniform(TASKS, seed=2)
    resumed.load_state_dict(state)
    assert resumed.next_tasks(after) == whole.next_tasks(after)


def test_seeds_give_different_orders_and_the_same_seed_the_same():
    orders = [tuple(Uniform(TASKS, seed=seed).next_tasks(7)) for seed in (0, 0, 1, 2)]
    assert orders[0] == orders[1]
    assert len(set(orders)) > 1


def test_a_state_of_another_run_is_refused():
    state = Uniform(TASKS, seed=2).state_dict()
    with pytest.raises(InvalidConfig, match="expected a state of 7 tasks and seed 3, got one of 7 tasks and seed 2"):
        Uniform(TASKS, seed=3).load_state_dict(state)
    with pytest.raises(InvalidConfig, match="expected a state of 6 tasks"):
        Uniform(TASKS[:6], seed=2).load_state_dict(state)


def test_no_tasks_are_refused():
    with pytest.raises(InvalidConfig, match="expected at least one task, got none"):
        Uniform([], seed=0)


def test_nothing_is_learnt_from_episodes():
    curriculum = Uniform(TASKS, seed=0)
    state = curriculum.state_dict()
    curriculum.record([])
    assert curriculum.state_dict() == state
