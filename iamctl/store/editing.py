"""Changes as new text: within the rules, spliced, and proved."""

from typing import cast

from iamctl.domain.change import Changes, apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.source import Plain
from iamctl.store.check import check
from iamctl.store.rules import check_rules
from iamctl.store.splice import Spliced, splice
from iamctl.store.textdiff import text_diff
from iamctl.store.tree import Tree

__all__ = ["edited", "text_diff"]


def edited(tree: Tree, directory: Directory, changes: Changes) -> Spliced:
    """The new text of a tree whose directory changes.

    Raises LimitExceeded and InvalidValue when the changes would break a rule, Conflict for what
    cannot be edited safely, SpliceFailed when the text comes out other than intended.
    """
    old = cast(dict[str, Plain], directory.plain)
    new = cast(dict[str, Plain], apply_changes(old, changes))
    check_rules(directory, Directory(new, tree.locate, tree.file), changes)
    spliced = splice(tree, old, changes, new)
    check(tree, old, new, spliced)
    return spliced
