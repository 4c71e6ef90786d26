from iamctl.domain.errors import InvalidDirectory, InvalidValue, MalformedPolicyDocument
from iamctl.domain.source import Problem, Source

WARNING = Problem("warning", "w", "odd", source=Source("d.yaml", 1, 1), hint="look")
ERROR = Problem("error", "e", "wrong", source=Source("d.yaml", 2, 3), hint="mend")


def test_what_carries_problems_speaks_with_the_first_errors_words():
    error = InvalidDirectory.of(iter((WARNING, ERROR)))
    assert (error.message, error.where, error.hint) == ("wrong", ERROR.source, "mend")
    assert error.problems == (WARNING, ERROR)
    assert InvalidDirectory.of((WARNING,)).message == "odd"


def test_its_code_is_its_own_unless_another_is_given():
    assert InvalidDirectory.of((ERROR,)).code == "InvalidDirectory"
    malformed = MalformedPolicyDocument.of((ERROR,))
    assert isinstance(malformed, InvalidValue)
    assert malformed.code == "MalformedPolicyDocument"
    assert InvalidDirectory.of((ERROR,), code="Other").code == "Other"
