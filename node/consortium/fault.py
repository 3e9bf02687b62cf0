"""What all named faults of this package have in common."""


class ConsortiumFault(Exception):
    """The network couldn't do what it was asked, and the subclass says why."""
