"""Every command with its arguments and options, for those who do without Typer.

Written by `make generated`, out of Typer's tree. `command_rows` says what a row is.
"""

# ruff: noqa: E501
# fmt: off

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iamctl.cli.command_rows import Command

COMMANDS: "dict[str, Command]" = {
    'init': ('', (), (
        (('--account',), 'account', 'value', None, None, False, None),
        (('--alias',), 'alias', 'value', None, None, False, None),
        (('--user',), 'user', 'value', None, None, False, None),
        (('--vault',), 'vault', 'value', None, 'IAMCTL_VAULT', False, ('one_of', ('keyring', 'passphrase', 'file', 'env'))),
        (('--new-identity',), 'new_identity', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'trust': ('', (), (
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user create': ('iamctl.cli.user_edits create_users', (
        ('names', True, True, None, None),
    ), (
        (('--path',), 'path', 'value', '/', None, False, None),
        (('--tag',), 'tags', 'list', None, None, False, None),
        (('--group',), 'groups', 'list', None, None, False, ('names_of', ('groups',))),
        (('--policy',), 'policies', 'list', None, None, False, ('names_of', ('policies',))),
        (('--boundary',), 'boundary', 'value', None, None, False, ('names_of', ('policies',))),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--in',), 'into', 'value', None, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user list': ('iamctl.cli.looking list_users', (), (
        (('--path-prefix',), 'path_prefix', 'value', '/', None, False, None),
        (('--tag',), 'tags', 'list', None, None, False, None),
        (('--group',), 'in_group', 'value', None, None, False, ('names_of', ('groups',))),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user show': ('iamctl.cli.looking show_user', (
        ('name', False, True, None, ('names_of', ('users',))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user rename': ('', (
        ('name', False, True, None, ('names_of', ('users',))),
        ('new', False, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user update': ('', (
        ('name', False, True, None, ('names_of', ('users',))),
    ), (
        (('--path',), 'path', 'value', None, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user delete': ('', (
        ('names', True, True, None, ('names_of', ('users',))),
    ), (
        (('--cascade',), 'cascade', 'flag', False, None, False, None),
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user revoke-sessions': ('', (
        ('name', False, True, None, ('names_of', ('users',))),
    ), (
        (('--roles',), 'roles', 'flag', False, None, False, None),
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user tag': ('iamctl.cli.user_edits tag_user', (
        ('name', False, True, None, ('names_of', ('users',))),
        ('tags', True, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user untag': ('iamctl.cli.user_edits untag_user', (
        ('name', False, True, None, ('names_of', ('users',))),
        ('keys', True, True, None, ('names_within', ('users', 'tags'))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user attach': ('', (
        ('name', False, True, None, ('names_of', ('users',))),
        ('policies', True, True, None, ('names_of', ('policies',))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user detach': ('', (
        ('name', False, True, None, ('names_of', ('users',))),
        ('policies', True, True, None, ('names_of', ('policies',))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user boundary': ('', (
        ('name', False, True, None, ('names_of', ('users',))),
        ('policy', False, False, None, ('names_of', ('policies',))),
    ), (
        (('--remove',), 'remove', 'flag', False, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user inline put': ('', (
        ('name', False, True, None, ('names_of', ('users',))),
        ('policy', False, True, None, ('names_within', ('users', 'inline'))),
        ('file', False, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user inline show': ('', (
        ('name', False, True, None, ('names_of', ('users',))),
        ('policy', False, True, None, ('names_within', ('users', 'inline'))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('json', 'yaml', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user inline list': ('', (
        ('name', False, True, None, ('names_of', ('users',))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'user inline delete': ('', (
        ('name', False, True, None, ('names_of', ('users',))),
        ('policies', True, True, None, ('names_within', ('users', 'inline'))),
    ), (
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'group create': ('', (
        ('names', True, True, None, None),
    ), (
        (('--path',), 'path', 'value', '/', None, False, None),
        (('--policy',), 'policies', 'list', None, None, False, ('names_of', ('policies',))),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--in',), 'into', 'value', None, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'group list': ('iamctl.cli.looking list_groups', (), (
        (('--path-prefix',), 'path_prefix', 'value', '/', None, False, None),
        (('--user',), 'user', 'value', None, None, False, ('names_of', ('users',))),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'group show': ('iamctl.cli.looking show_group', (
        ('name', False, True, None, ('names_of', ('groups',))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'group rename': ('', (
        ('name', False, True, None, ('names_of', ('groups',))),
        ('new', False, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'group update': ('', (
        ('name', False, True, None, ('names_of', ('groups',))),
    ), (
        (('--path',), 'path', 'value', None, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'group delete': ('', (
        ('names', True, True, None, ('names_of', ('groups',))),
    ), (
        (('--cascade',), 'cascade', 'flag', False, None, False, None),
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'group add': ('', (
        ('name', False, True, None, ('names_of', ('groups',))),
        ('members', True, True, None, ('names_of', ('users',))),
    ), (
        (('--until',), 'until', 'value', None, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'group remove': ('', (
        ('name', False, True, None, ('names_of', ('groups',))),
        ('members', True, True, None, ('names_of', ('users',))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'group attach': ('', (
        ('name', False, True, None, ('names_of', ('groups',))),
        ('policies', True, True, None, ('names_of', ('policies',))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'group detach': ('', (
        ('name', False, True, None, ('names_of', ('groups',))),
        ('policies', True, True, None, ('names_of', ('policies',))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'group inline put': ('', (
        ('name', False, True, None, ('names_of', ('groups',))),
        ('policy', False, True, None, ('names_within', ('groups', 'inline'))),
        ('file', False, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'group inline show': ('', (
        ('name', False, True, None, ('names_of', ('groups',))),
        ('policy', False, True, None, ('names_within', ('groups', 'inline'))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('json', 'yaml', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'group inline list': ('', (
        ('name', False, True, None, ('names_of', ('groups',))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'group inline delete': ('', (
        ('name', False, True, None, ('names_of', ('groups',))),
        ('policies', True, True, None, ('names_within', ('groups', 'inline'))),
    ), (
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role create': ('', (
        ('name', False, True, None, None),
    ), (
        (('--allow',), 'allow', 'list', None, None, False, ('principal_words', ())),
        (('--any-ref',), 'any_ref', 'flag', False, None, False, None),
        (('--trust',), 'trust', 'value', None, None, False, None),
        (('--description',), 'description', 'value', None, None, False, None),
        (('--max-session-duration',), 'max_session_duration', 'value', None, None, False, None),
        (('--path',), 'path', 'value', '/', None, False, None),
        (('--tag',), 'tags', 'list', None, None, False, None),
        (('--policy',), 'policies', 'list', None, None, False, ('names_of', ('policies',))),
        (('--boundary',), 'boundary', 'value', None, None, False, ('names_of', ('policies',))),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--in',), 'into', 'value', None, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role list': ('', (), (
        (('--path-prefix',), 'path_prefix', 'value', '/', None, False, None),
        (('--tag',), 'tags', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role show': ('', (
        ('name', False, True, None, ('names_of', ('roles',))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role update': ('', (
        ('name', False, True, None, ('names_of', ('roles',))),
    ), (
        (('--description',), 'description', 'value', None, None, False, None),
        (('--max-session-duration',), 'max_session_duration', 'value', None, None, False, None),
        (('--path',), 'path', 'value', None, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role delete': ('', (
        ('names', True, True, None, ('names_of', ('roles',))),
    ), (
        (('--cascade',), 'cascade', 'flag', False, None, False, None),
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role revoke-sessions': ('', (
        ('names', True, True, None, ('names_of', ('roles',))),
    ), (
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role trust': ('', (
        ('name', False, True, None, ('names_of', ('roles',))),
        ('file', False, False, None, None),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('json', 'yaml', 'name'))),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role allow': ('', (
        ('name', False, True, None, ('names_of', ('roles',))),
        ('principals', True, True, None, ('principal_words', ())),
    ), (
        (('--any-ref',), 'any_ref', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role disallow': ('', (
        ('name', False, True, None, ('names_of', ('roles',))),
        ('principals', True, True, None, ('principal_words', ())),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role tag': ('', (
        ('name', False, True, None, ('names_of', ('roles',))),
        ('tags', True, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role untag': ('', (
        ('name', False, True, None, ('names_of', ('roles',))),
        ('keys', True, True, None, ('names_within', ('roles', 'tags'))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role attach': ('', (
        ('name', False, True, None, ('names_of', ('roles',))),
        ('policies', True, True, None, ('names_of', ('policies',))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role detach': ('', (
        ('name', False, True, None, ('names_of', ('roles',))),
        ('policies', True, True, None, ('names_of', ('policies',))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role boundary': ('', (
        ('name', False, True, None, ('names_of', ('roles',))),
        ('policy', False, False, None, ('names_of', ('policies',))),
    ), (
        (('--remove',), 'remove', 'flag', False, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role inline put': ('', (
        ('name', False, True, None, ('names_of', ('roles',))),
        ('policy', False, True, None, ('names_within', ('roles', 'inline'))),
        ('file', False, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role inline show': ('', (
        ('name', False, True, None, ('names_of', ('roles',))),
        ('policy', False, True, None, ('names_within', ('roles', 'inline'))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('json', 'yaml', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role inline list': ('', (
        ('name', False, True, None, ('names_of', ('roles',))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'role inline delete': ('', (
        ('name', False, True, None, ('names_of', ('roles',))),
        ('policies', True, True, None, ('names_within', ('roles', 'inline'))),
    ), (
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'policy create': ('', (
        ('name', False, True, None, None),
        ('file', False, True, None, None),
    ), (
        (('--path',), 'path', 'value', '/', None, False, None),
        (('--description',), 'description', 'value', None, None, False, None),
        (('--tag',), 'tags', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--in',), 'into', 'value', None, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'policy list': ('', (), (
        (('--scope',), 'scope', 'value', 'local', None, False, ('one_of', ('local', 'aws', 'all'))),
        (('--path-prefix',), 'path_prefix', 'value', '/', None, False, None),
        (('--tag',), 'tags', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'policy show': ('', (
        ('name', False, True, None, ('names_of', ('policies',))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'policy search': ('', (
        ('text', False, True, None, None),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'policy update': ('', (
        ('name', False, True, None, ('names_of', ('policies',))),
        ('file', False, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'policy delete': ('', (
        ('names', True, True, None, ('names_of', ('policies',))),
    ), (
        (('--cascade',), 'cascade', 'flag', False, None, False, None),
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'policy tag': ('', (
        ('name', False, True, None, ('names_of', ('policies',))),
        ('tags', True, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'policy untag': ('', (
        ('name', False, True, None, ('names_of', ('policies',))),
        ('keys', True, True, None, ('names_within', ('policies', 'tags'))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'key create': ('', (
        ('user', False, True, None, ('names_of', ('users',))),
    ), (
        (('--show-secret',), 'show_secret', 'flag', False, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('env', 'json', 'csv'))),
        (('--output-file',), 'output_file', 'value', None, None, False, None),
        (('--quiet', '-q'), 'quiet', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'key list': ('', (
        ('user', False, False, None, ('names_of', ('users',))),
    ), (
        (('--older-than',), 'older_than', 'value', None, None, False, None),
        (('--status',), 'status', 'value', None, None, False, ('one_of', ('active', 'inactive'))),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'key activate': ('', (
        ('key_ids', True, True, None, ('names_of', ('keys',))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'key deactivate': ('', (
        ('key_ids', True, True, None, ('names_of', ('keys',))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'key delete': ('', (
        ('key_ids', True, True, None, ('names_of', ('keys',))),
    ), (
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'key import': ('', (
        ('user', False, True, None, ('names_of', ('users',))),
    ), (
        (('--fingerprint',), 'with_fingerprint', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'key rotate': ('', (
        ('target', False, False, None, ('names_of', ('users',))),
    ), (
        (('--keep-old',), 'keep_old', 'flag', False, None, False, None),
        (('--show-secret',), 'show_secret', 'flag', False, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('env', 'json', 'csv'))),
        (('--output-file',), 'output_file', 'value', None, None, False, None),
        (('--quiet', '-q'), 'quiet', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'mfa create': ('', (
        ('name', False, True, None, None),
    ), (
        (('--path',), 'path', 'value', '/', None, False, None),
        (('--user',), 'user', 'value', None, None, False, ('names_of', ('users',))),
        (('--qr-png',), 'qr_png', 'value', None, None, False, None),
        (('--qr-svg',), 'qr_svg', 'value', None, None, False, None),
        (('--show-secret',), 'show_secret', 'flag', False, None, False, None),
        (('--tag',), 'tags', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('json',))),
        (('--in',), 'into', 'value', None, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'mfa list': ('', (), (
        (('--assignment-status',), 'status', 'value', 'Any', None, False, ('one_of', ('Assigned', 'Unassigned', 'Any'))),
        (('--user',), 'user', 'value', None, None, False, ('names_of', ('users',))),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'mfa show': ('', (
        ('name', False, True, None, ('names_of', ('mfa',))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'mfa enable': ('', (
        ('name', False, True, None, ('names_of', ('mfa',))),
    ), (
        (('--user',), 'user', 'value', None, None, False, ('names_of', ('users',))),
        (('--code1',), 'code1', 'value', None, None, False, None),
        (('--code2',), 'code2', 'value', None, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'mfa deactivate': ('', (
        ('names', True, True, None, ('names_of', ('mfa',))),
    ), (
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'mfa resync': ('', (
        ('name', False, True, None, ('names_of', ('mfa',))),
    ), (
        (('--code1',), 'code1', 'value', None, None, False, None),
        (('--code2',), 'code2', 'value', None, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'mfa delete': ('', (
        ('names', True, True, None, ('names_of', ('mfa',))),
    ), (
        (('--cascade',), 'cascade', 'flag', False, None, False, None),
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'mfa code': ('', (
        ('name', False, True, None, ('names_of', ('mfa',))),
    ), (
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'mfa tag': ('', (
        ('name', False, True, None, ('names_of', ('mfa',))),
        ('tags', True, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'mfa untag': ('', (
        ('name', False, True, None, ('names_of', ('mfa',))),
        ('keys', True, True, None, ('names_within', ('mfa', 'tags'))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'provider create': ('', (
        ('name', False, True, None, None),
    ), (
        (('--url',), 'url', 'value', None, None, False, None),
        (('--client-id',), 'client_ids', 'list', None, None, False, None),
        (('--jwks',), 'jwks', 'value', None, None, False, None),
        (('--metadata', '--saml-metadata-document'), 'metadata', 'value', None, None, False, None),
        (('--tag',), 'tags', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--in',), 'into', 'value', None, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'provider list': ('', (), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'provider show': ('', (
        ('name', False, True, None, ('names_of', ('identity_providers',))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'provider rename': ('', (
        ('name', False, True, None, ('names_of', ('identity_providers',))),
        ('new', False, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'provider delete': ('', (
        ('names', True, True, None, ('names_of', ('identity_providers',))),
    ), (
        (('--cascade',), 'cascade', 'flag', False, None, False, None),
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'provider add-client-id': ('', (
        ('name', False, True, None, ('names_of', ('identity_providers',))),
        ('client_ids', True, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'provider remove-client-id': ('', (
        ('name', False, True, None, ('names_of', ('identity_providers',))),
        ('client_ids', True, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'provider refresh': ('', (
        ('name', False, True, None, ('names_of', ('identity_providers',))),
    ), (
        (('--jwks',), 'jwks', 'value', None, None, False, None),
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'provider update-metadata': ('', (
        ('name', False, True, None, ('names_of', ('identity_providers',))),
    ), (
        (('--metadata', '--saml-metadata-document'), 'metadata', 'value', None, None, False, None),
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'provider tag': ('', (
        ('name', False, True, None, ('names_of', ('identity_providers',))),
        ('tags', True, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'provider untag': ('', (
        ('name', False, True, None, ('names_of', ('identity_providers',))),
        ('keys', True, True, None, ('names_within', ('identity_providers', 'tags'))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool create': ('', (
        ('name', False, True, None, None),
    ), (
        (('--provider',), 'providers', 'list', None, None, False, ('names_of', ('identity_providers',))),
        (('--authenticated-role',), 'authenticated_role', 'value', None, None, False, ('names_of', ('roles',))),
        (('--guest-role',), 'guest_role', 'value', None, None, False, ('names_of', ('roles',))),
        (('--region',), 'region', 'value', None, None, False, None),
        (('--allow-classic-flow', '--no-allow-classic-flow'), 'classic_flow', 'flag', None, None, False, None),
        (('--tag',), 'tags', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--in',), 'into', 'value', None, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool list': ('', (), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool show': ('', (
        ('name', False, True, None, ('names_of', ('identity_pools',))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool set-roles': ('', (
        ('name', False, True, None, ('names_of', ('identity_pools',))),
    ), (
        (('--authenticated-role',), 'authenticated_role', 'value', None, None, False, ('names_of', ('roles',))),
        (('--guest-role',), 'guest_role', 'value', None, None, False, ('names_of', ('roles',))),
        (('--no-guests',), 'no_guests', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool update': ('', (
        ('name', False, True, None, ('names_of', ('identity_pools',))),
    ), (
        (('--allow-classic-flow', '--no-allow-classic-flow'), 'classic_flow', 'flag', None, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool add-provider': ('', (
        ('name', False, True, None, ('names_of', ('identity_pools',))),
        ('providers', True, True, None, ('names_of', ('identity_providers',))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool remove-provider': ('', (
        ('name', False, True, None, ('names_of', ('identity_pools',))),
        ('providers', True, True, None, ('names_of', ('identity_providers',))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool delete': ('', (
        ('names', True, True, None, ('names_of', ('identity_pools',))),
    ), (
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool map': ('', (
        ('name', False, True, None, ('names_of', ('identity_pools',))),
        ('provider', False, True, None, ('names_of', ('identity_providers',))),
    ), (
        (('--claim',), 'claim', 'value', None, None, False, None),
        (('--equals',), 'equals', 'value', None, None, False, None),
        (('--contains',), 'contains', 'value', None, None, False, None),
        (('--starts-with',), 'starts_with', 'value', None, None, False, None),
        (('--not-equal',), 'not_equal', 'value', None, None, False, None),
        (('--role',), 'role', 'value', None, None, False, ('names_of', ('roles',))),
        (('--from-token',), 'from_token', 'flag', False, None, False, None),
        (('--ambiguous',), 'ambiguous', 'value', None, None, False, ('one_of', ('deny', 'authenticated-role'))),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool unmap': ('', (
        ('name', False, True, None, ('names_of', ('identity_pools',))),
        ('provider', False, True, None, ('names_of', ('identity_providers',))),
    ), (
        (('--rule',), 'number', 'value', None, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool tag': ('', (
        ('name', False, True, None, ('names_of', ('identity_pools',))),
        ('tags', True, True, None, None),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool untag': ('', (
        ('name', False, True, None, ('names_of', ('identity_pools',))),
        ('keys', True, True, None, ('names_within', ('identity_pools', 'tags'))),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool get-id': ('', (
        ('name', False, True, None, ('names_of', ('identity_pools',))),
    ), (
        (('--login',), 'logins', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool token': ('', (
        ('name', False, True, None, ('names_of', ('identity_pools',))),
        ('identity', False, True, None, None),
    ), (
        (('--login',), 'logins', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'pool credentials': ('', (
        ('name', False, True, None, ('names_of', ('identity_pools',))),
        ('identity', False, True, None, None),
    ), (
        (('--login',), 'logins', 'list', None, None, False, None),
        (('--custom-role-arn',), 'custom_role', 'value', None, None, False, ('names_of', ('roles',))),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('sh', 'bash', 'zsh', 'fish', 'powershell', 'nushell', 'dotenv', 'json', 'process', 'github', 'env', 'env-no-export'))),
        (('--output-file',), 'output_file', 'value', None, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'account show': ('', (), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'account alias': ('', (
        ('name', False, False, None, None),
    ), (
        (('--remove',), 'remove', 'flag', False, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'account quota': ('', (
        ('name', False, False, None, ('one_of', ('users', 'groups', 'roles', 'policies', 'mfa_devices', 'oidc_providers', 'saml_providers', 'groups_per_user', 'keys_per_user', 'mfa_devices_per_user', 'policies_per_user', 'policies_per_group', 'policies_per_role', 'client_ids_per_provider', 'tags', 'policy_size', 'user_inline_size', 'group_inline_size', 'role_inline_size', 'trust_size'))),
        ('value', False, False, None, None),
    ), (
        (('--unset',), 'unset', 'flag', False, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'show': ('', (
        ('what', False, True, None, ('any_name', ())),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'tree': ('', (
        ('name', False, False, None, ('identity_words', ())),
    ), (
        (('--by',), 'by', 'value', None, None, False, ('one_of', ('group', 'path'))),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('tree', 'json', 'yaml'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'status': ('', (), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'graph': ('', (), (
        (('--focus',), 'focus', 'value', None, None, False, ('identity_words', ())),
        (('--assume',), 'assume', 'flag', False, None, False, None),
        (('--access',), 'action', 'value', None, None, False, None),
        (('--all',), 'everything_', 'flag', False, None, False, None),
        (('--resource',), 'resource', 'value', '*', None, False, None),
        (('--at',), 'at', 'value', None, None, False, None),
        (('--compare',), 'compare', 'value', None, None, False, ('revisions', ())),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('mermaid', 'dot', 'svg', 'png', 'html'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'assume-role': ('iamctl.cli.assume assume', (
        ('role', False, False, None, ('role_or_alias', ())),
    ), (
        (('--role-arn',), 'role_arn', 'value', None, None, True, None),
        (('--as',), 'as_user', 'value', None, None, False, ('names_of', ('users',))),
        (('--session-name', '--role-session-name'), 'session_name', 'value', None, None, False, None),
        (('--duration', '--duration-seconds'), 'duration', 'value', None, None, False, None),
        (('--external-id',), 'external_id', 'value', None, None, False, None),
        (('--tag',), 'tags', 'list', None, None, False, None),
        (('--tags',), 'aws_tags', 'list', None, None, True, None),
        (('--transitive-tag', '--transitive-tag-keys'), 'transitive', 'list', None, None, False, None),
        (('--source-identity',), 'source_identity', 'value', None, None, False, None),
        (('--policy',), 'policy', 'value', None, None, False, None),
        (('--policy-arn', '--policy-arns'), 'policy_arns', 'list', None, None, False, ('names_of', ('policies',))),
        (('--mfa-serial', '--serial-number'), 'mfa_serial', 'value', None, None, False, ('names_of', ('mfa',))),
        (('--mfa-code', '--token-code'), 'mfa_code', 'value', None, None, False, None),
        (('--chain',), 'chain', 'flag', False, None, False, None),
        (('--min-ttl',), 'min_ttl', 'value', None, None, False, None),
        (('--no-cache',), 'no_cache', 'flag', False, None, False, None),
        (('--aws',), 'aws', 'flag', False, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('sh', 'bash', 'zsh', 'fish', 'powershell', 'nushell', 'dotenv', 'json', 'process', 'github', 'env', 'env-no-export'))),
        (('--output-file',), 'output_file', 'value', None, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'assume': ('iamctl.cli.assume assume', (
        ('role', False, False, None, ('role_or_alias', ())),
    ), (
        (('--role-arn',), 'role_arn', 'value', None, None, True, None),
        (('--as',), 'as_user', 'value', None, None, False, ('names_of', ('users',))),
        (('--session-name', '--role-session-name'), 'session_name', 'value', None, None, False, None),
        (('--duration', '--duration-seconds'), 'duration', 'value', None, None, False, None),
        (('--external-id',), 'external_id', 'value', None, None, False, None),
        (('--tag',), 'tags', 'list', None, None, False, None),
        (('--tags',), 'aws_tags', 'list', None, None, True, None),
        (('--transitive-tag', '--transitive-tag-keys'), 'transitive', 'list', None, None, False, None),
        (('--source-identity',), 'source_identity', 'value', None, None, False, None),
        (('--policy',), 'policy', 'value', None, None, False, None),
        (('--policy-arn', '--policy-arns'), 'policy_arns', 'list', None, None, False, ('names_of', ('policies',))),
        (('--mfa-serial', '--serial-number'), 'mfa_serial', 'value', None, None, False, ('names_of', ('mfa',))),
        (('--mfa-code', '--token-code'), 'mfa_code', 'value', None, None, False, None),
        (('--chain',), 'chain', 'flag', False, None, False, None),
        (('--min-ttl',), 'min_ttl', 'value', None, None, False, None),
        (('--no-cache',), 'no_cache', 'flag', False, None, False, None),
        (('--aws',), 'aws', 'flag', False, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('sh', 'bash', 'zsh', 'fish', 'powershell', 'nushell', 'dotenv', 'json', 'process', 'github', 'env', 'env-no-export'))),
        (('--output-file',), 'output_file', 'value', None, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'assume-role-with-web-identity': ('', (
        ('role', False, False, None, ('role_or_alias', ())),
    ), (
        (('--role-arn',), 'role_arn', 'value', None, None, True, None),
        (('--session-name', '--role-session-name'), 'session_name', 'value', None, None, False, None),
        (('--web-identity-token',), 'token', 'value', None, None, False, None),
        (('--policy',), 'policy', 'value', None, None, False, None),
        (('--policy-arn', '--policy-arns'), 'policy_arns', 'list', None, None, False, ('names_of', ('policies',))),
        (('--duration', '--duration-seconds'), 'duration', 'value', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('sh', 'bash', 'zsh', 'fish', 'powershell', 'nushell', 'dotenv', 'json', 'process', 'github', 'env', 'env-no-export'))),
        (('--output-file',), 'output_file', 'value', None, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'assume-role-with-saml': ('', (
        ('role', False, False, None, ('role_or_alias', ())),
    ), (
        (('--role-arn',), 'role_arn', 'value', None, None, True, None),
        (('--provider', '--principal-arn'), 'provider', 'value', None, None, False, ('names_of', ('identity_providers',))),
        (('--saml-assertion',), 'assertion', 'value', None, None, False, None),
        (('--policy',), 'policy', 'value', None, None, False, None),
        (('--policy-arn', '--policy-arns'), 'policy_arns', 'list', None, None, False, ('names_of', ('policies',))),
        (('--duration', '--duration-seconds'), 'duration', 'value', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('sh', 'bash', 'zsh', 'fish', 'powershell', 'nushell', 'dotenv', 'json', 'process', 'github', 'env', 'env-no-export'))),
        (('--output-file',), 'output_file', 'value', None, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'get-session-token': ('iamctl.cli.get_session_token get_session_token', (), (
        (('--as',), 'as_user', 'value', None, None, False, ('names_of', ('users',))),
        (('--duration', '--duration-seconds'), 'duration', 'value', None, None, False, None),
        (('--mfa',), 'mfa', 'flag', False, None, False, None),
        (('--mfa-serial', '--serial-number'), 'mfa_serial', 'value', None, None, False, ('names_of', ('mfa',))),
        (('--mfa-code', '--token-code'), 'mfa_code', 'value', None, None, False, None),
        (('--chain',), 'chain', 'flag', False, None, False, None),
        (('--min-ttl',), 'min_ttl', 'value', None, None, False, None),
        (('--no-cache',), 'no_cache', 'flag', False, None, False, None),
        (('--aws',), 'aws', 'flag', False, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('sh', 'bash', 'zsh', 'fish', 'powershell', 'nushell', 'dotenv', 'json', 'process', 'github', 'env', 'env-no-export'))),
        (('--output-file',), 'output_file', 'value', None, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'get-federation-token': ('', (
        ('name', False, False, None, None),
    ), (
        (('--name',), 'name_option', 'value', None, None, True, None),
        (('--policy',), 'policy', 'value', None, None, False, None),
        (('--policy-arn', '--policy-arns'), 'policy_arns', 'list', None, None, False, ('names_of', ('policies',))),
        (('--as',), 'as_user', 'value', None, None, False, ('names_of', ('users',))),
        (('--duration', '--duration-seconds'), 'duration', 'value', None, None, False, None),
        (('--tag',), 'tags', 'list', None, None, False, None),
        (('--tags',), 'aws_tags', 'list', None, None, True, None),
        (('--chain',), 'chain', 'flag', False, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('sh', 'bash', 'zsh', 'fish', 'powershell', 'nushell', 'dotenv', 'json', 'process', 'github', 'env', 'env-no-export'))),
        (('--output-file',), 'output_file', 'value', None, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'console': ('', (
        ('role', False, False, None, ('role_or_alias', ())),
    ), (
        (('--service',), 'service', 'value', None, None, False, None),
        (('--destination',), 'destination', 'value', None, None, False, None),
        (('--region',), 'region', 'value', None, None, False, None),
        (('--open',), 'open_browser', 'flag', False, None, False, None),
        (('--session-name', '--role-session-name'), 'session_name', 'value', None, None, False, None),
        (('--duration', '--duration-seconds'), 'duration', 'value', None, None, False, None),
        (('--external-id',), 'external_id', 'value', None, None, False, None),
        (('--source-identity',), 'source_identity', 'value', None, None, False, None),
        (('--mfa-serial', '--serial-number'), 'mfa_serial', 'value', None, None, False, ('names_of', ('mfa',))),
        (('--mfa-code', '--token-code'), 'mfa_code', 'value', None, None, False, None),
        (('--chain',), 'chain', 'flag', False, None, False, None),
        (('--min-ttl',), 'min_ttl', 'value', None, None, False, None),
        (('--no-cache',), 'no_cache', 'flag', False, None, False, None),
        (('--aws',), 'aws', 'flag', True, None, True, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('url', 'json'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'exec': ('', (
        ('role', False, False, None, ('role_or_alias', ())),
        ('command', True, False, None, None),
    ), (
        (('--server',), 'server', 'flag', False, None, False, None),
        (('--as',), 'as_user', 'value', None, None, False, ('names_of', ('users',))),
        (('--session-name', '--role-session-name'), 'session_name', 'value', None, None, False, None),
        (('--duration', '--duration-seconds'), 'duration', 'value', None, None, False, None),
        (('--external-id',), 'external_id', 'value', None, None, False, None),
        (('--tag',), 'tags', 'list', None, None, False, None),
        (('--transitive-tag', '--transitive-tag-keys'), 'transitive', 'list', None, None, False, None),
        (('--source-identity',), 'source_identity', 'value', None, None, False, None),
        (('--policy',), 'policy', 'value', None, None, False, None),
        (('--policy-arn', '--policy-arns'), 'policy_arns', 'list', None, None, False, ('names_of', ('policies',))),
        (('--mfa-serial', '--serial-number'), 'mfa_serial', 'value', None, None, False, ('names_of', ('mfa',))),
        (('--mfa-code', '--token-code'), 'mfa_code', 'value', None, None, False, None),
        (('--chain',), 'chain', 'flag', False, None, False, None),
        (('--min-ttl',), 'min_ttl', 'value', None, None, False, None),
        (('--no-cache',), 'no_cache', 'flag', False, None, False, None),
        (('--aws',), 'aws', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'shell': ('', (
        ('role', False, False, None, ('role_or_alias', ())),
    ), (
        (('--server',), 'server', 'flag', False, None, False, None),
        (('--as',), 'as_user', 'value', None, None, False, ('names_of', ('users',))),
        (('--session-name', '--role-session-name'), 'session_name', 'value', None, None, False, None),
        (('--duration', '--duration-seconds'), 'duration', 'value', None, None, False, None),
        (('--external-id',), 'external_id', 'value', None, None, False, None),
        (('--tag',), 'tags', 'list', None, None, False, None),
        (('--transitive-tag', '--transitive-tag-keys'), 'transitive', 'list', None, None, False, None),
        (('--source-identity',), 'source_identity', 'value', None, None, False, None),
        (('--policy',), 'policy', 'value', None, None, False, None),
        (('--policy-arn', '--policy-arns'), 'policy_arns', 'list', None, None, False, ('names_of', ('policies',))),
        (('--mfa-serial', '--serial-number'), 'mfa_serial', 'value', None, None, False, ('names_of', ('mfa',))),
        (('--mfa-code', '--token-code'), 'mfa_code', 'value', None, None, False, None),
        (('--chain',), 'chain', 'flag', False, None, False, None),
        (('--min-ttl',), 'min_ttl', 'value', None, None, False, None),
        (('--no-cache',), 'no_cache', 'flag', False, None, False, None),
        (('--aws',), 'aws', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'whoami': ('iamctl.cli.whoami whoami', (), (
        (('--as',), 'as_user', 'value', None, None, False, ('names_of', ('users',))),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'get-caller-identity': ('iamctl.cli.caller caller_identity', (), (
        (('--as',), 'as_user', 'value', None, None, False, ('names_of', ('users',))),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'can': ('iamctl.cli.can can', (
        ('principal', False, True, None, ('subject_words', ())),
        ('action', False, True, None, ('actions', ())),
        ('resource', False, False, '*', ('resource_words', ())),
    ), (
        (('--context',), 'context', 'list', None, None, False, None),
        (('--no-defaults',), 'no_defaults', 'flag', False, None, False, None),
        (('--at',), 'at', 'value', None, None, False, None),
        (('--rev',), 'rev', 'value', None, None, False, ('revisions', ())),
        (('--as-of',), 'as_of', 'value', None, None, False, None),
        (('--session-policy',), 'session_policy', 'list', None, None, False, None),
        (('--resource-policy',), 'resource_policy', 'value', None, None, False, None),
        (('--resource-account',), 'resource_account', 'value', None, None, False, None),
        (('--account-file',), 'account_file', 'list', None, None, False, None),
        (('--explain',), 'explained', 'flag', False, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'who-can': ('', (
        ('action', False, True, None, ('actions', ())),
        ('resource', False, False, '*', ('resource_words', ())),
    ), (
        (('--direct',), 'direct', 'flag', False, None, False, None),
        (('--context',), 'context', 'list', None, None, False, None),
        (('--at',), 'at', 'value', None, None, False, None),
        (('--rev',), 'rev', 'value', None, None, False, ('revisions', ())),
        (('--as-of',), 'as_of', 'value', None, None, False, None),
        (('--resource-policy',), 'resource_policy', 'value', None, None, False, None),
        (('--resource-account',), 'resource_account', 'value', None, None, False, None),
        (('--account-file',), 'account_file', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'what-can': ('', (
        ('principal', False, True, None, ('subject_words', ())),
        ('only', False, False, None, ('actions', ())),
    ), (
        (('--context',), 'context', 'list', None, None, False, None),
        (('--at',), 'at', 'value', None, None, False, None),
        (('--rev',), 'rev', 'value', None, None, False, ('revisions', ())),
        (('--as-of',), 'as_of', 'value', None, None, False, None),
        (('--session-policy',), 'session_policy', 'list', None, None, False, None),
        (('--account-file',), 'account_file', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'watch-expiry': ('', (), (
        (('--within',), 'within', 'value', '30d', None, False, None),
        (('--ended',), 'ended', 'flag', False, None, False, None),
        (('--key-age',), 'key_age', 'value', '90d', None, False, None),
        (('--at',), 'at', 'value', None, None, False, None),
        (('--account-file',), 'account_file', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'test': ('', (
        ('paths', True, False, None, None),
    ), (
        (('--init',), 'first', 'flag', False, None, False, None),
        (('--skip-others',), 'skip_others', 'flag', False, None, False, None),
        (('--at',), 'at', 'value', None, None, False, None),
        (('--account-file',), 'account_file', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'junit', 'github'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'prove implies': ('', (
        ('first', False, True, None, ('names_of', ('policies',))),
        ('second', False, True, None, ('names_of', ('policies',))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'prove equivalent': ('', (
        ('first', False, True, None, ('names_of', ('policies',))),
        ('second', False, True, None, ('names_of', ('policies',))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'prove disjoint': ('', (
        ('first', False, True, None, ('names_of', ('policies',))),
        ('second', False, True, None, ('names_of', ('policies',))),
    ), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'prove never': ('', (
        ('principal', False, True, None, ('subject_words', ())),
        ('action', False, True, None, ('actions', ())),
        ('resource', False, False, '*', ('resource_words', ())),
    ), (
        (('--at',), 'at', 'value', None, None, False, None),
        (('--account-file',), 'account_file', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'diff': ('', (
        ('sides', True, False, None, ('revisions', ())),
    ), (
        (('--staged',), 'staged', 'flag', False, None, False, None),
        (('--exit-code',), 'exit_code', 'flag', False, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'markdown', 'github'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'access-diff': ('', (
        ('sides', True, False, None, ('revisions', ())),
    ), (
        (('--staged',), 'staged', 'flag', False, None, False, None),
        (('--no-new-access',), 'no_new_access', 'flag', False, None, False, None),
        (('--not-granted',), 'not_granted', 'value', None, None, False, ('actions', ())),
        (('--resource',), 'resource', 'value', None, None, False, None),
        (('--no-public',), 'no_public', 'flag', False, None, False, None),
        (('--no-new-assume',), 'no_new_assume', 'flag', False, None, False, None),
        (('--claims',), 'claims', 'flag', False, None, False, None),
        (('--at',), 'at', 'value', None, None, False, None),
        (('--account-file',), 'account_file', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'markdown', 'github'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'log': ('', (
        ('entity', False, False, None, ('any_name', ())),
    ), (
        (('--number', '-n'), 'number', 'value', None, None, False, None),
        (('--from',), 'start', 'value', 'HEAD', None, False, ('revisions', ())),
        (('--all', '-a'), 'every', 'flag', False, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'blame': ('', (
        ('what', False, True, None, ('any_name', ())),
    ), (
        (('--from',), 'start', 'value', None, None, False, ('revisions', ())),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'blame-access': ('', (
        ('principal', False, True, None, ('subject_words', ())),
        ('action', False, True, None, ('actions', ())),
        ('resource', False, False, '*', ('resource_words', ())),
    ), (
        (('--context',), 'context', 'list', None, None, False, None),
        (('--no-defaults',), 'no_defaults', 'flag', False, None, False, None),
        (('--from',), 'start', 'value', None, None, False, ('revisions', ())),
        (('--resource-account',), 'resource_account', 'value', None, None, False, None),
        (('--account-file',), 'account_file', 'list', None, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'validate': ('iamctl.cli.validate validate', (
        ('paths', True, False, None, None),
    ), (
        (('--fix',), 'mend', 'flag', False, None, False, None),
        (('--strict',), 'strict', 'flag', False, None, False, None),
        (('--skip-others',), 'skip_others', 'flag', False, None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'github'))),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'split': ('', (), (
        (('--by',), 'by', 'value', None, None, False, ('one_of', ('path', 'group', 'file'))),
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'join': ('', (), (
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('--lock-timeout',), 'lock_timeout', 'value', '30s', None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'simulate': ('', (
        ('path', False, False, '-', None),
    ), (
        (('--fill',), 'fill', 'flag', False, None, False, None),
        (('--jobs', '-j'), 'jobs', 'value', '1', None, False, None),
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('jsonl', 'json'))),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'git install': ('', (), (
        (('--combined-grants',), 'combined_grants', 'value', 'stop', None, False, ('one_of', ('stop', 'warn'))),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'git uninstall': ('', (), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'git textconv': ('', (
        ('path', False, True, None, None),
    ), (
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'git merge-driver': ('', (
        ('base', False, True, None, None),
        ('ours', False, True, None, None),
        ('theirs', False, True, None, None),
    ), (
        (('--path',), 'path', 'value', None, None, False, None),
        (('--marker-size',), 'marker_size', 'value', 7, None, False, None),
        (('--combined-grants',), 'combined_grants', 'value', 'stop', None, False, ('one_of', ('stop', 'warn'))),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'git check-staged': ('', (), (
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'sessions list': ('', (), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'sessions forget': ('', (
        ('ids', True, False, None, None),
    ), (
        (('--role',), 'role', 'value', None, None, False, ('role_or_alias', ())),
        (('--all',), 'every', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'vault status': ('', (), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'vault export': ('', (
        ('file', False, True, None, None),
    ), (
        (('--signing-key',), 'signing_key', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'vault import': ('', (
        ('file', False, True, None, None),
    ), (
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'vault prune': ('', (
        ('names', True, False, None, None),
    ), (
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'vault rewrap': ('', (), (
        (('--to',), 'to', 'value', None, None, False, ('one_of', ('keyring', 'passphrase', 'file'))),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'vault rotate-signing-key': ('', (), (
        (('--now',), 'now', 'flag', False, None, False, None),
        (('--yes', '-y'), 'yes', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'aws-config install': ('', (
        ('role', False, True, None, ('role_or_alias', ())),
    ), (
        (('--as',), 'as_user', 'value', None, None, False, ('names_of', ('users',))),
        (('--profile',), 'profile', 'value', None, None, False, None),
        (('--region',), 'region', 'value', None, None, False, None),
        (('--aws',), 'aws', 'flag', False, None, False, None),
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('--directory',), 'directory', 'value', None, 'IAMCTL_DIRECTORY', False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'aws-config remove': ('', (
        ('name', False, True, None, ('', ())),
    ), (
        (('--dry-run',), 'dry_run', 'flag', False, None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'aws-config list': ('', (), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'config get': ('', (
        ('key', False, True, None, ('one_of', ('directory', 'vault', 'duration', 'mfa_process', 'aliases.'))),
    ), (
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'config set': ('', (
        ('key', False, True, None, ('one_of', ('directory', 'vault', 'duration', 'mfa_process', 'aliases.'))),
        ('value', False, True, None, None),
    ), (
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'config unset': ('', (
        ('key', False, True, None, ('one_of', ('directory', 'vault', 'duration', 'mfa_process', 'aliases.'))),
    ), (
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'config list': ('', (), (
        (('--output', '-o'), 'output', 'value', None, None, False, ('one_of', ('table', 'json', 'yaml', 'tsv', 'name'))),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'config path': ('', (), (
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
    'completion': ('', (
        ('shell', False, True, None, ('one_of', ('bash', 'zsh', 'fish', 'powershell'))),
    ), (
        (('--install',), 'install', 'flag', False, None, False, None),
        (('-h', '--help'), 'help', 'help', None, None, False, None),
    )),
}

HIDDEN = ('assume',)
