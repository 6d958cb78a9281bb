"""A newcomer should meet a living home: people, rotas, and a week in which things happened."""

from cloud.seed.people import HUB_ID, Roster, Seeded, make_roster
from cloud.seed.town import ZONE, must_be_empty, seed_demo

__all__ = ["HUB_ID", "ZONE", "Roster", "Seeded", "make_roster", "must_be_empty", "seed_demo"]
