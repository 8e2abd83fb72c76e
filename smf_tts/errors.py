"""The one exception that a user is meant to see."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class UserError(Exception):
    """Input that cannot be used; its message is one line that names the fix.

    The command line prints the message and exits with code 2, without a traceback.
    """


@contextmanager
def one_line_errors(program: str) -> Iterator[None]:
    """What a command does: in it a UserError is one line on stderr and exit code 2.

    So is a file that cannot be read or written, where nothing says more about it.
    """
    try:
        yield
    except (UserError, OSError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        sys.exit(2)
