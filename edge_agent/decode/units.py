"""Makers write one unit in many ways; inside Hearthline each dimension has one house unit.

The table is data (`device_profiles/_rules/house.toml`) with exact fractions; a general unit
library reads "C" as coulomb and "%RH" as a product (DEVICES §4).
"""

from dataclasses import dataclass
from fractions import Fraction

from vocabulary.rulebook import House


@dataclass(frozen=True, slots=True)
class Conversion:
    """house = device · factor + offset."""

    house: str
    factor: float = 1.0
    offset: float = 0.0


class Units:
    """Unit as written by the maker → its conversion."""

    def __init__(self, house: House) -> None:
        self._known = {
            name: Conversion(row.house, float(Fraction(row.factor)), float(Fraction(row.offset)))
            for row in house.unit
            for name in row.names
        }

    def find(self, unit: str) -> Conversion | None:
        """The way to the house unit, or None for a unit that nobody knows."""
        return self._known.get(" ".join(unit.split()))
