from core.domain.kept import Kept


def test_what_nobody_asked_for_the_longest_gives_way() -> None:
    kept: Kept[str, int] = Kept(2)
    kept.put("one", 1)
    kept.put("two", 2)
    assert kept.get("one") == 1
    assert kept.put("three", 3) == 3
    assert [kept.get(name) for name in ("one", "two", "three")] == [1, None, 3]


def test_a_new_value_takes_the_place_of_the_old() -> None:
    kept: Kept[str, int] = Kept(1)
    kept.put("one", 1)
    kept.put("one", 11)
    assert kept.get("one") == 11
