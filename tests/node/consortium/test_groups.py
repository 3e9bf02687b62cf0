from __future__ import annotations

import pytest

from node.consortium.groups import BadGroups, complete, parse_groups


@pytest.mark.parametrize(
    ("text", "groups"),
    [("0,1", [[0, 1]]), ("3", [[3]]), ("0,1|2|3", [[0, 1], [2], [3]]), (" 0 , 2 ", [[0, 2]])],
)
def test_parse_groups__numbers__are_read(text: str, groups: list[list[int]]) -> None:
    assert parse_groups(text) == groups


@pytest.mark.parametrize("text", ["", "0,", "a", "0||1", "0;1", "1-2"])
def test_parse_groups__anything_else__is_refused(text: str) -> None:
    with pytest.raises(BadGroups):
        parse_groups(text)


def test_complete__some_unnamed__they_form_a_group() -> None:
    assert complete([[0, 1]], range(4)) == ({0, 1}, {2, 3})
    assert complete([[0], [1]], range(4)) == ({0}, {1}, {2, 3})


def test_complete__all_named__no_group_is_added() -> None:
    assert complete([[0, 1, 2, 3]], range(4)) == ({0, 1, 2, 3},)


@pytest.mark.parametrize("groups", [[[4]], [[-1]], [[]], [[0, 1], [1, 2]]])
def test_complete__not_a_division_of_the_validators__is_refused(groups: list[list[int]]) -> None:
    with pytest.raises(BadGroups):
        complete(groups, range(4))
