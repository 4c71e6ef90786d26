"""git: revisions of a directory file, and the bytes that they hold."""

from iamctl.history.log import Commit
from iamctl.history.repository import GitRepository

__all__ = ["Commit", "GitRepository"]
