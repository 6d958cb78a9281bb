"""From what a device says of itself to what we call it: override, profile, family, rules, generic.

Nothing here knows a make or a model; what is known of them stands in `device_profiles/`.
"""

from typing import Final

from edge_agent.decode.exposes import Definition, Entry
from edge_agent.decode.fitting import RuleIndex
from edge_agent.decode.naming import Naming
from edge_agent.decode.slots import (
    Numeric,
    Origin,
    Slot,
    announce,
    fill_claims,
    fill_words,
    generic_slot,
    meanings_of,
    recast,
    rename,
)
from edge_agent.decode.units import Conversion, Units
from vocabulary.observation import UNITS, Kind, Layer
from vocabulary.profile import Map, Profile
from vocabulary.profiles import Known
from vocabulary.rulebook import House, Rule, RuleBook

_SCALAR_TYPES: Final = frozenset({"binary", "enum", "numeric", "text", "list", "event"})
_ANY_UNIT: Final = "*"
_EVERYTHING: Final = (-1e15, 1e15)

Table = dict[str, Slot | None]
"""Property → slot; None: known, and nothing that we observe (a setting, a secret)."""


class Interpreter:
    """Gives each property of a device its meaning, by rules that are data."""

    def __init__(self, book: RuleBook, house: House, naming: Naming) -> None:
        self._rules = RuleIndex(book.map, naming)
        self._roles = book.role
        self._alarm_kinds = naming.alarm_kinds
        self._units = Units(house)
        self._plausible = house.plausible

    def table(self, definition: Definition, known: Known, guards: str) -> Table:
        """The compiled table of one device; `guards`: what the home file says it stands by."""
        table: Table = {}
        is_alone = any(profile.mode == "replace" for _, profile in known.layers)
        hidden = {kind for _, profile in known.layers for kind in profile.hide_auto}
        ignored = {name for _, profile in known.layers for name in profile.ignore}
        for entry in definition.entries:
            name = entry.property
            if entry.is_secret or entry.name == "action" or name in ignored:
                table[name] = None
                continue
            slot = self._by_profile(entry, known)
            if slot is None and not is_alone:
                slot = self._by_rules(entry, definition, guards, hidden) or self._generic(entry)
            if name not in table or table[name] is None:
                table[name] = slot
        for layer, profile in known.layers:
            self._add_unannounced(table, layer, profile)
        table.update(dict.fromkeys(ignored))
        for role in self._roles:
            if guards in role.guards:
                for slot in filter(None, table.values()):
                    recast(slot, role.says, role.means)
        _keep_apart(table)
        return table

    def unnamed(self, table: Table, definition: Definition) -> tuple[str, ...]:
        """Truth values and enumerations nobody understands beside an alarm: for the installer."""
        kinds = {meaning.kind for slot in table.values() if slot for meaning in meanings_of(slot)}
        if not kinds & self._alarm_kinds:
            return ()
        types = {e.property: e.type for e in definition.entries}
        return tuple(
            name
            for name, slot in table.items()
            if slot and slot.is_generic and types.get(name) in {"binary", "enum"}
        )

    def _by_profile(self, entry: Entry, known: Known) -> Slot | None:
        for layer, profile in known.layers:
            for record in profile.map:
                if record.from_ and {entry.property, entry.name} & set(record.from_):
                    return self._profiled(entry.property, record, layer, entry)
        return None

    def _add_unannounced(self, table: Table, layer: Layer, profile: Profile) -> None:
        """A profile may know properties that the device keeps quiet about."""
        for record in profile.map:
            for name in record.from_:
                if name != "action" and name not in table:
                    table[name] = self._profiled(name, record, layer, None)

    def _profiled(self, name: str, record: Map, layer: Layer, entry: Entry | None) -> Slot:
        slot = Slot(name)
        conversion = self._units.find(record.unit[0] if record.unit else UNITS.get(record.to, ""))
        self._fill(slot, record, Origin(record.instance, layer), entry, conversion)
        return slot

    def _by_rules(
        self, entry: Entry, definition: Definition, guards: str, hidden: set[Kind]
    ) -> Slot | None:
        if not entry.is_readable or entry.category == "config":
            return None
        slot: Slot | None = None
        for rule, instance in self._rules.fitting(entry, definition, guards):
            if rule.to in hidden:
                continue
            if rule.to is Kind.READING:
                break
            conversion = self._conversion(rule, entry)
            if entry.type == "numeric" and conversion is None:
                continue
            slot = slot or Slot(entry.property)
            origin = Origin(rule.instance or instance, Layer.RULES)
            self._fill(slot, rule, origin, entry, conversion)
            if not rule.more:
                break
        return slot

    def _conversion(self, rule: Rule, entry: Entry) -> Conversion | None:
        if not rule.unit or _ANY_UNIT in rule.unit:
            return Conversion("")
        found = self._units.find(entry.unit)
        return found if found is not None and found.house in rule.unit else None

    def _fill(
        self,
        slot: Slot,
        record: Map,
        origin: Origin,
        entry: Entry | None,
        conversion: Conversion | None,
    ) -> None:
        """Let a slot mean what a record says; the entry adds the device's own spellings."""
        fill_words(slot, record, origin)
        if record.when is not None:
            slot.when = (record.when.path, record.when.equals)
        slot.slot_from = record.slot_from
        if record.text_else:
            slot.faults = origin
        is_stated = bool(record.true_when or record.false_when or record.values or record.text_else)
        if entry is not None and entry.type == "enum":
            announce(slot, entry.values)
        elif entry is not None and entry.type == "binary" and not is_stated:
            on, off = entry.value_on, entry.value_off
            fill_claims(slot, record, origin, (off, on) if record.is_inverted else (on, off))
        elif not is_stated if entry is None else entry.type == "numeric":
            slot.unit = entry.unit if entry is not None else ""
            slot.numeric = self._numeric(record, origin, conversion or Conversion(""))

    def _numeric(self, record: Map, origin: Origin, conversion: Conversion) -> Numeric:
        low, high = record.range or self._plausible.get(record.to, _EVERYTHING)
        return Numeric(
            record.to,
            origin.instance,
            origin.layer,
            low,
            high,
            conversion.factor * record.scale,
            conversion.offset * record.scale,
            frozenset(float(d) for d in record.drop if not isinstance(d, str)),
        )

    def _generic(self, entry: Entry) -> Slot | None:
        is_reading = entry.is_readable and not entry.is_settable and entry.category != "config"
        if not is_reading or entry.type not in _SCALAR_TYPES or entry.is_silent:
            return None
        return generic_slot(entry.property, entry.unit)


def _keep_apart(table: Table) -> None:
    """Two properties that tell of the same kind are two instances, or one would clear the other."""
    claimed: set[tuple[Kind, str]] = set()
    for slot in table.values():
        if slot is None:
            continue
        own = {(meaning.kind, meaning.instance) for meaning in meanings_of(slot)}
        if own & claimed:
            rename(slot, own & claimed)
            own = {(meaning.kind, meaning.instance) for meaning in meanings_of(slot)}
        claimed |= own
