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


class Question(Refused):
    """An export that can be read in several ways: a person has to say which.

    option: the field of Asked that answers it ("source", "dates", "as_of"). choices: the answers it may have; none
        where any of its kind will do, and then `todo` says how it is given.
    """

    def __init__(self, reason: str, option: str, choices: list[str], todo: str = ""):
        said = f"Say which: {' or '.join(f'--{option} {choice}' for choice in choices)}."
        super().__init__(reason, todo or said)
        self.option = option
        self.choices = choices


class NotReady(Exception):
    """The installation or the command cannot do this yet; the message holds the command that mends it."""


class Unreadable(NotReady):
    """The newest snapshot cannot be opened: the warehouse has to be rebuilt from the archive."""
