"""From ruling lines to cells, on lines written down here."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corpus.readers.page.content import Rule
from corpus.readers.page.ruled_tables import RuledTable, find_tables, merge_rules


def lines(xs: list[float], ys: list[float]) -> tuple[list[Rule], list[Rule]]:
    return [Rule(y, xs[0], xs[-1]) for y in ys], [Rule(x, ys[0], ys[-1]) for x in xs]


def shape(table: RuledTable) -> list[tuple[int, int, int, int]]:
    return [(c.row, c.column, c.row_span, c.column_span) for c in table.cells]


def test_pieces_of_one_line_are_merged_over_small_gaps_and_shifts() -> None:
    assert merge_rules([Rule(10.0, 0, 50), Rule(10.8, 51, 100), Rule(10.2, 120, 150)]) == [
        Rule((10.0 * 50 + 10.8 * 49) / 99, 0, 100),
        Rule(10.2, 120, 150),
    ]


def test_a_full_grid_has_a_cell_for_each_place() -> None:
    (table,) = find_tables(*lines([0, 50, 100], [0, 20, 40]))
    assert shape(table) == [(0, 0, 1, 1), (0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 1, 1)]
    assert table.cell_at(75, 10) == 1
    assert table.cell_at(120, 10) is None


def test_a_missing_edge_makes_a_span() -> None:
    across = [Rule(0, 0, 150), Rule(20, 50, 150), Rule(40, 0, 150)]
    down = [Rule(0, 0, 40), Rule(50, 0, 40), Rule(100, 20, 40), Rule(150, 0, 40)]
    (table,) = find_tables(across, down)
    assert shape(table) == [(0, 0, 2, 1), (0, 1, 1, 2), (1, 1, 1, 1), (1, 2, 1, 1)]


def test_an_edge_ruled_over_less_than_its_larger_part_does_not_part_cells() -> None:
    across, down = lines([0, 100], [0, 40])
    assert len(find_tables(across, [*down, Rule(50, 0, 20)])[0].cells) == 1
    assert len(find_tables(across, [*down, Rule(50, 0, 30)])[0].cells) == 2


def test_tables_that_do_not_touch_are_two() -> None:
    a, b = lines([0, 50, 100], [0, 20]), lines([0, 50, 100], [60, 80])
    assert [t.ys for t in find_tables(a[0] + b[0], a[1] + b[1])] == [(0, 20), (60, 80)]


def test_sides_without_a_line_end_where_the_crossing_lines_end() -> None:
    across = [Rule(y, 0, 150) for y in (0, 20, 40)]
    (table,) = find_tables(across, [Rule(50, 0, 40), Rule(100, 0, 40)])
    assert table.xs == (0, 50, 100, 150)


def test_a_bottom_cut_by_the_page_ends_where_most_lines_end() -> None:
    across = [Rule(y, 0, 100) for y in (0, 20)]
    (table,) = find_tables(across, [Rule(0, 0, 60), Rule(50, 0, 60), Rule(100, 0, 200)])
    assert table.ys == (0, 20, 60)


def test_an_outer_line_that_no_row_edge_touches_belongs_to_the_table() -> None:
    across, down = lines([50, 100, 150], [0, 20, 40])
    (table,) = find_tables(across, [*down, Rule(10, 0, 40)])
    assert table.xs == (10, 50, 100, 150)
    assert shape(table)[0] == (0, 0, 2, 1)


def test_lines_that_cross_nothing_are_no_table() -> None:
    assert find_tables([Rule(10, 0, 100), Rule(30, 0, 100)], []) == []
    assert find_tables([Rule(10, 0, 100), Rule(30, 0, 100)], [Rule(300, 0, 40)]) == []


_rule = st.builds(lambda at, start, length: Rule(at, start, start + length), *[st.floats(0, 500)] * 3)


@given(st.lists(_rule, max_size=30), st.lists(_rule, max_size=30))
def test_whatever_lines_every_place_of_a_table_has_one_owner(across: list[Rule], down: list[Rule]) -> None:
    for table in find_tables(across, down):
        places = [(r, c) for r, row in enumerate(table.owner) for c, _ in enumerate(row)]
        assert len(places) == (len(table.xs) - 1) * (len(table.ys) - 1)
        assert sum(cell.row_span * cell.column_span for cell in table.cells) == len(places)
