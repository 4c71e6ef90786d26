"""The comments of a text."""

from iamctl.store.comments import comments_of


def test_what_is_text_is_no_comment():
    found = comments_of(
        "# a\n"
        "  alice: # b # c\n"
        '    x: "# no"   # d\n'
        "    y: | # e\n"
        "      # text\n"
        "    # f\n"
        "    z: 'it # no'\n"
        "    w: a#b\n"
        "    l: [a, # g\n"
        "      b]  # g\n"
        "# end"
    )
    assert found == {"# a": 1, "# b # c": 1, "# d": 1, "# e": 1, "# f": 1, "# g": 2, "# end": 1}


def test_what_is_no_yaml_has_comments_too():
    assert comments_of("a: [ # b\n") == {"# b": 1}
    assert comments_of("a: b") == {}
