"""References by UUID inside a JSON document: what a row names so stands beside the name.

{"risk-uuid": "1c65…"} becomes {"risk-uuid": "1c65…", "risk": {…}}, with the object of the document that bears this
"uuid", as it stands there. Where what bears it is only a part of one of the "risks", it is that one.
"""

from collections.abc import Iterator
from typing import Any

SUFFIX = "-uuid"


class References:
    """The objects of a document that bear a UUID, found when the first reference asks for one."""

    def __init__(self, document: Any):
        self.document = document
        self.known: dict[str, list[tuple[str, dict]]] | None = None

    def followed(self, value: Any) -> Any:
        """A row with what its references name; what is named is not followed further."""
        if isinstance(value, list):
            return [self.followed(one) for one in value]
        if not isinstance(value, dict):
            return value
        found = {key: self.followed(below) for key, below in value.items()}
        for key, uuid in value.items():
            name = key.removesuffix(SUFFIX)
            if name and name != key and name not in value and isinstance(uuid, str):
                named = self._named(name, uuid)
                if named:
                    found[name] = named
        return found

    def _named(self, name: str, uuid: str) -> dict | None:
        if self.known is None:
            self.known = {}
            for one, holders in _bearing(self.document, "", []):
                self.known.setdefault(one, holders)
        holders = self.known.get(uuid, [])
        kin = (held for array, held in reversed(holders) if array == f"{name}s")
        return next(kin, holders[-1][1] if holders else None)


def _bearing(value: Any, array: str, holders: list[tuple[str, dict]]) -> Iterator[tuple[str, list]]:
    """Each UUID that an object bears, with that object and those it stands in, outermost first, by array."""
    if isinstance(value, list):
        for one in value:
            yield from _bearing(one, array, holders)
    elif isinstance(value, dict):
        inner = [*holders, (array, value)]
        if isinstance(value.get("uuid"), str):
            yield value["uuid"], inner
        for key, below in value.items():
            yield from _bearing(below, key, inner)
