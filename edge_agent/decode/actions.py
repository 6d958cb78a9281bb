"""A press is a word that a device says once: from a call for help to a light switch.

A cube that says "fall" has been dropped; it is never a person's fall (DEVICES §8, trap 4).
"""

import re
from dataclasses import dataclass
from typing import Final

from edge_agent.decode.exposes import Definition
from edge_agent.decode.fitting import says
from edge_agent.decode.messages import clean
from vocabulary.observation import Kind, Layer
from vocabulary.profile import Map
from vocabulary.profiles import Known
from vocabulary.rulebook import Actions

_DURESS: Final = "duress"
_LONGEST: Final = 64
_BETWEEN = re.compile(r"[_\W]+")


@dataclass(frozen=True, slots=True)
class Press:
    """What an action means: `text` is the sort of SOS or the press, `instance` the key."""

    kind: Kind
    value: bool | str
    text: str
    instance: str = ""
    layer: Layer = Layer.RULES


@dataclass(frozen=True, slots=True)
class ActionReader:
    """Reads the actions of one device."""

    words: Actions
    is_sos_device: bool
    """Any press of it calls for help."""
    is_doorbell: bool
    sort: str
    """pressed or pull_cord: how help is called with this device."""
    duress_action: str
    records: tuple[tuple[Layer, Map], ...] = ()

    def read(self, action: str) -> Press | None:
        """The press, or None where the word means that nothing happened."""
        lower = clean(action.strip(), _LONGEST).casefold()
        if lower in self.words.nothing:
            return None
        if self.duress_action and lower == self.duress_action:
            return Press(Kind.SOS, value=True, text=_DURESS)
        for layer, record in self.records:
            if lower in record.press:
                return self._profiled(record, layer, lower)
        press, key = split_press(lower, self.words)
        tokens = set(_BETWEEN.split(lower))
        if not tokens.isdisjoint(self.words.sos):
            is_let_go = press == "release"
            return None if is_let_go else self._sos(press)
        if self.is_sos_device:
            return None if press == "release" else self._sos(press)
        kind = Kind.DOORBELL if self.is_doorbell else Kind.BUTTON
        return Press(kind, lower, press, key)

    def sos(self, layer: Layer) -> Press:
        """Help called by a truth value instead of an action."""
        return Press(Kind.SOS, value=True, text=self.sort, layer=layer)

    def _sos(self, press: str) -> Press:
        """A hold is the device's own long press: under threat (DESIGN §5, duress)."""
        return Press(Kind.SOS, value=True, text=_DURESS if press == "long" else self.sort)

    def _profiled(self, record: Map, layer: Layer, action: str) -> Press:
        text = record.press[action]
        if record.to is Kind.SOS:
            shown = self.sort if text == "pressed" else text
            return Press(Kind.SOS, value=True, text=shown, layer=layer)
        return Press(record.to, action, text, record.instance, layer)


def read_actions(  # noqa: PLR0913 - what the device says, what is known of it, where it stands
    words: Actions,
    definition: Definition,
    known: Known,
    *,
    guards: str,
    room_type: str,
    duress_action: str,
) -> ActionReader:
    """The reader for one device, from its description, its profiles and the home file."""
    about = definition.about
    is_called_so = says(about, words.about_sos) and not says(about, words.not_about_sos)
    is_single = definition.names.isdisjoint(words.several_purposes) and not any(
        not set(_BETWEEN.split(value.casefold())).isdisjoint(words.other_words)
        for entry in definition.entries
        if entry.name == "action"
        for value in entry.values
    )
    return ActionReader(
        words=words,
        is_sos_device=is_called_so and is_single,
        is_doorbell=guards in words.doorbell_guards or says(about, words.about_doorbell),
        sort=_sort(words, about, guards, room_type),
        duress_action=duress_action.casefold(),
        records=tuple(
            (layer, record)
            for layer, profile in known.layers
            for record in profile.map
            if "action" in record.from_
        ),
    )


def split_press(action: str, words: Actions) -> tuple[str, str]:
    """`button_2_hold` → (`long`, `button_2`); a word that is no press has none: (``, ``)."""
    for press, spellings in words.press.items():
        for spelling in spellings:
            if action == spelling:
                return press, ""
            if action.endswith("_" + spelling):
                return press, action[: -len(spelling) - 1]
            if action.startswith(spelling + "_"):
                return press, action[len(spelling) + 1 :]
    return "", ""


def _sort(words: Actions, about: str, guards: str, room_type: str) -> str:
    """Pulled or pressed: the installer's word, then the description, then where it hangs."""
    if guards in words.cord_guards or says(about, words.about_cord):
        return "pull_cord"
    if says(about, words.about_hand):
        return "pressed"
    return "pull_cord" if room_type in words.cord_rooms else "pressed"
