"""Files, written so that nobody ever sees half of one. The only writer of files in iamctl.

Paths are text. Writers of one folder exclude each other with `folder_lock`; readers need no
lock, because a file is only ever replaced whole. Start-up is counted in milliseconds here, so
this room imports little and the error types only when something fails.
"""

from iamctl.files.appending import append_lines
from iamctl.files.locking import Lock, file_lock, folder_lock
from iamctl.files.reading import (
    LIMIT,
    HeldFile,
    Stamp,
    Stretch,
    hold,
    read_bytes,
    read_inside,
    read_regular,
    read_stamped,
    read_stamped_inside,
    stamp_of,
)
from iamctl.files.writing import (
    create_exclusively,
    forget_file,
    private_folder,
    public_folder,
    real_target,
    remove_empty_folder,
    remove_file,
    replace_durably,
    replace_private,
)

__all__ = [
    "LIMIT",
    "HeldFile",
    "Lock",
    "Stamp",
    "Stretch",
    "append_lines",
    "create_exclusively",
    "file_lock",
    "folder_lock",
    "forget_file",
    "hold",
    "private_folder",
    "public_folder",
    "read_bytes",
    "read_inside",
    "read_regular",
    "read_stamped",
    "read_stamped_inside",
    "real_target",
    "remove_empty_folder",
    "remove_file",
    "replace_durably",
    "replace_private",
    "stamp_of",
]
