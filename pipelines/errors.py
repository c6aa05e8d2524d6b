"""What a person is told: a file that is not what it should be, or an installation that is not ready."""


class Refused(Exception):
    """An export that cannot be taken in. Nothing has changed.

    reason: what is wrong, naming the sheet, row, column or value where that is known.
    todo: the next step for the person who has the file.
    """

    def __init__(self, reason: str, todo: str):
        super().__init__(f"{reason} {todo}")
        self.reason = reason
        self.todo = todo


class NotReady(Exception):
    """The installation or the command cannot do this yet; the message holds the command that mends it."""


class Unreadable(NotReady):
    """The newest snapshot cannot be opened: the warehouse has to be rebuilt from the archive."""
