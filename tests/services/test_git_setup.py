"""What git is told, and how it is taken back."""

import re
import shlex

from hypothesis import given
from hypothesis import strategies as st

from iamctl.services.git_setup import (
    HOOKS,
    attribute_lines,
    hook,
    is_our_hook,
    settings,
    with_lines,
    without_lines,
)

LINES = ["/directory.yaml diff=iamctl merge=iamctl"]


def test_lines_name_the_file_and_what_it_includes():
    assert attribute_lines("directory.yaml", []) == LINES
    assert attribute_lines("iam/our file.yaml", ["people/*.yaml"]) == [
        '"/iam/our file.yaml" diff=iamctl merge=iamctl',
        "/iam/people/*.yaml diff=iamctl merge=iamctl",
    ]
    assert attribute_lines("a[1]*.yaml", []) == [r"/a\[1\]\*.yaml diff=iamctl merge=iamctl"]


def test_patterns_below_a_folder_mean_that_folder():
    assert attribute_lines("a[1]/d.yaml", ["*.yaml"])[1] == (
        r"/a\[1\]/*.yaml diff=iamctl merge=iamctl"
    )
    assert attribute_lines("a\n\tb.yaml", []) == ['"/a\\n\\tb.yaml" diff=iamctl merge=iamctl']


def test_a_line_that_says_more_is_somebody_elses():
    for line in (
        "/d.yaml -text diff=iamctl merge=iamctl\n",
        '"/a b" eol=lf diff=iamctl merge=iamctl\n',
    ):
        assert without_lines(line) == line
    assert without_lines('"/a \\" b" diff=iamctl merge=iamctl\r\n# note\n') == "# note\n"


@given(
    st.lists(st.sampled_from(["*.txt text", "# note", "", "/x.yaml merge=union"])), st.booleans()
)
def test_taken_back_other_lines_are_as_they_were(others, ended):
    text = "\n".join(others) + "\n" * (ended and bool(others))
    added = with_lines(text, LINES)
    assert without_lines(added).rstrip("\n") == text.rstrip("\n")
    assert with_lines(added, LINES) == added


def test_the_driver_is_called_with_gits_placeholders_and_no_others():
    made = settings(["/opt/100%/python", "-P", "-m", "iamctl"], "warn")["merge.iamctl.driver"]
    assert made.startswith(
        "/opt/100%%/python -P -m iamctl git merge-driver --combined-grants warn"
        " --marker-size %L --path %P %O %A %B; case $? in"
    )
    assert set(re.findall("%.", made)) == {"%%", "%L", "%P", "%O", "%A", "%B"}
    assert "--combined-grants" not in settings(["iamctl"], "stop")["merge.iamctl.driver"]


def test_a_hook_quotes_names_and_is_known_again():
    assert not is_our_hook("#!/bin/sh\ntrue\n")
    for kind in HOOKS:
        for grants, more in (("stop", []), ("warn", ["--combined-grants", "warn"])):
            text = hook(kind, ["/usr/bin/python3", "-m", "iamctl"], "it's; rm -rf.yaml", grants)
            assert is_our_hook(text)
            words = shlex.split(text.splitlines()[-1])
            assert words[words.index("--directory") :] == [
                "--directory", "./it's; rm -rf.yaml", *more
            ]  # fmt: skip
