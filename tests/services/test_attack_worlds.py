"""Random changes of richer directories, asked request by request, also of who is not of them."""

import os
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iamctl.domain.errors import InvalidDirectory
from iamctl.services.access import Circumstances
from iamctl.services.access_diff import compared
from iamctl.services.access_diff_outside import subject_for
from iamctl.services.access_diff_sets import anywhere
from iamctl.services.subjects import of_some_session
from tests.services.attack_worlds import (
    ABROAD,
    ACTIONS,
    CONTEXTS,
    EVE,
    EVIL,
    RESOURCES,
    SESSION,
    THEIRS,
    AttackWorlds,
)
from tests.services.builders import OTHER

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
SOAK = {
    "max_examples": 4 if SCALE == 1 else 200 * SCALE,
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow],
}
OUTSIDE = {
    "anonymous": {"anonymous"},
    EVE: {EVE, f"arn:aws:iam::{OTHER}:root", "anybody"},
    EVIL: {EVIL, f"arn:aws:iam::{OTHER}:root", "anybody"},
    "arn:aws:iam::333333333333:role/zed": {"anybody"},
    SESSION: {SESSION, "role/deployer"},
}
"""Who is not of the file, and the words that tell of each."""


class Both:
    """Two states of one directory, asked request by request."""

    def __init__(self, worlds):
        self.states = worlds.before, worlds.after
        self.found = compared([worlds.before], worlds.after)

    def asked(self, at, word, request):
        action, resource, context = request
        around = Circumstances(context=context)
        target = self.states[at].target(action, resource, around)
        subject = subject_for(self.states[at], word)
        return subject._replace(principal=of_some_session(subject.principal)), target

    def verdict(self, at, word, request):
        if word is None:
            return "implicitDeny"
        return self.states[at].answer(*self.asked(at, word, request)).decision.verdict

    def is_told(self, words, gained, word, request):
        """Whether a difference of one of the words holds the request."""
        asked = self.states[gained].request(*self.asked(gained, word, request))
        for one in (*self.found.differences, *self.found.outside):
            names = {name for pair in one.pairs for name in (pair.before[0], pair.after)}
            if one.gained is gained and not words.isdisjoint(names):
                foreign = asked.resource in (ABROAD, THEIRS)
                of = anywhere(one.left.requests) if foreign else one.left.requests
                standing = {k: v for k, v in one.known.context.items() if " (" in k}
                context = {**standing, **asked.context}
                if of.holds(asked.action, asked.resource, context):
                    return True
        return False

    def people(self):
        """Each principal as its words before and after, by unique id."""
        words = [{}, {}]
        for state, found in zip(self.states, words, strict=True):
            for noun in ("user", "role"):
                for name, fields in state.directory.plain.get(f"{noun}s", {}).items():
                    found[noun, fields["id"]] = f"{noun}/{name}"
        old, new = words
        return [(old.get(key), new.get(key)) for key in {**old, **new}]


_KNOWN = ("allowed", "unknown")


@settings(**SOAK)
@given(st.integers(0, 2**64 - 1))
def test_whatever_is_decided_otherwise_is_told(seed):
    try:
        worlds, random = AttackWorlds(seed), Random(seed)
        both = Both(worlds)
    except InvalidDirectory:
        return  # as a statement may come out that IAM refuses
    for old, new in both.people():
        for action in ACTIONS:
            for resource in RESOURCES:
                context = dict(random.choice(CONTEXTS))
                if "role/" in str(old or new):  # whose sessions say that there was no MFA
                    context.pop("aws:MultiFactorAuthPresent", None)
                request = action, resource, context
                was, now = both.verdict(0, old, request), both.verdict(1, new, request)
                if was == now or not {was, now} & {*_KNOWN}:
                    continue
                gained = now == "allowed" or (now == "unknown" and was != "allowed")
                word = new if gained else old
                told = both.is_told({word}, gained, word, request)
                assert told, (seed, old, new, request, was, now)
    known = any("another account" in plain for plain in (worlds.old, worlds.new))
    for word, words in OUTSIDE.items():
        if known and word in (EVE, EVIL):
            continue  # whom the file of that account does not know
        for action in ACTIONS:
            for resource in RESOURCES[:3] + RESOURCES[5:8]:
                context = dict(random.choice(CONTEXTS))
                if word != EVE:
                    context.pop("aws:MultiFactorAuthPresent", None)
                request = action, resource, context
                was, now = both.verdict(0, word, request), both.verdict(1, word, request)
                if (was == "allowed") is (now == "allowed") or "unknown" in (was, now):
                    continue
                told = both.is_told(words, now == "allowed", word, request)
                assert told, (seed, word, request, was, now)
