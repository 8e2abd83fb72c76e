"""The one exception that a user is meant to see."""


class UserError(Exception):
    """Input that cannot be used; its message is one line that names the fix.

    The command line prints the message and exits with code 2, without a traceback.
    """
