"""Findings, answers, movements and the cloud's word come in; what the home does next goes out.

Every change is a new revision of a whole incident: journaled first, then acted on, then sent.
The order of effects says so. Nothing here reads a clock or waits.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from edge_agent.response.answer import (
    Step,
    answered,
    fell,
    may_resolve,
    resolved,
    seen_upright,
)
from edge_agent.response.at_home import (
    arbitrate,
    done_again,
    fitted,
    remember,
    switch_off,
)
from edge_agent.response.effects import EVACUATE, Changed, Closed, Effect, Local, Speak
from edge_agent.response.from_cloud import (
    answered_for,
    cloud_part,
    raised_since,
    still_called,
    still_standing,
)
from edge_agent.response.incident import HubIncident
from edge_agent.response.merge import incident_for, with_finding
from edge_agent.response.opening import joined, opened
from edge_agent.response.progress import advance, due
from edge_agent.spoken_check import Reply, interpret, is_duress, is_pin
from edge_agent.upright import KINDS, Upright
from vocabulary.finding import Fact, Finding, FindingState
from vocabulary.home import HomeFile
from vocabulary.identity import successor
from vocabulary.incident import CheckOutcome
from vocabulary.observation import Observation
from vocabulary.phrases import PHRASES, normalise
from vocabulary.risk import Cancel, Risk, Severity
from vocabulary.sentences import SAY
from vocabulary.wire import IncidentState, Say

PIN_WITHIN = timedelta(seconds=20)
"""The resident's own PIN this soon after an SOS is shown to whoever was paged (RISKS §5)."""

ANSWER_WITHIN = timedelta(seconds=60)
"""After a restart a press no older than this is answered aloud, perhaps a second time."""


class Response:
    """What one home does about its findings."""

    kinds = KINDS
    """All that `on_observation` has something to do with."""

    def __init__(
        self,
        home: HomeFile,
        risks: Mapping[str, Risk],
        new_id: Callable[[datetime], UUID],
        pin: str = "",
        duress_word: str = "",
    ) -> None:
        """`new_id` makes an incident's UUIDv7; an empty pin or duress word is never heard."""
        self._home = home
        self._risks = risks
        self._new_id = new_id
        self._pin = pin
        self._duress_word = duress_word
        self._upright = Upright(home)
        self.open_incidents: dict[UUID, HubIncident] = {}

    def on_finding(self, finding: Finding, now: datetime) -> list[Effect]:
        """A risk was raised or has cleared."""
        if finding.state is FindingState.CLEARED:
            return self._on_cleared(finding, now)
        known = incident_for(self.open_incidents.values(), finding)
        if known is None:
            return self._open(self._new_id(now), (finding,), now)
        return self._keep(known, joined(known, finding, self._risks, self._home, now), now)

    def on_reply(self, terminal: str, text: str, confidence: float, now: datetime) -> list[Effect]:
        """Words heard at a terminal; they answer the newest question that is still open."""
        language = self._home.resident.language
        live = [each for each in self._newest_first() if each.is_live]
        asked = next((i for i in live if i.check is not None and i.check.is_running), None)
        about = "" if asked is None else asked.slug
        secrets = (self._pin, self._duress_word)
        outcome = interpret(text, language, *secrets, confidence, about=about)
        if outcome is CheckOutcome.SILENCE:
            return []
        heard = "" if self._is_secret(text) else text
        reply = Reply(now, terminal, heard, confidence, outcome)
        if asked is not None:
            place = self._home.terminal_type(terminal)
            return self._keep(asked, answered(asked, reply, now, place), now)
        pressed = next((i for i in live if _is_in_pin_window(i, now)), None)
        if is_duress(text, self._duress_word):
            return self._threatened(pressed, now)
        if pressed is not None and is_pin(text, self._pin):
            said: list[Local] = [Speak((), "say.pin_noted")]
            return self._keep(pressed, (replace(pressed, pin_at=now), said), now)
        burning = next((i for i in live if i.slug == "smoke_fire"), None)
        if burning is not None and _says_cooking(text, language):
            said = [Speak((), "say.smoke_cooking_noted")]
            return self._keep(burning, (replace(burning, cooking_at=now), said), now)
        earlier = next((i for i in live if i.check is not None), None)
        return [] if earlier is None else self._keep(earlier, answered(earlier, reply, now), now)

    def on_observation(self, seen: Observation, now: datetime) -> list[Effect]:
        """Movement after a fall: the only thing besides a person that ends one."""
        if seen.kind not in KINDS or not self._upright.observe(seen):
            return []
        effects: list[Effect] = []
        for incident in list(self.open_incidents.values()):
            is_fall = Cancel.BY_ANSWER_AND_UPRIGHT is self._risks[incident.slug].cancel
            if is_fall and incident.is_live and self._upright.proves(seen, *_where(incident)):
                effects += self._keep(incident, seen_upright(incident, now), now)
        return effects

    def rehearse(self, seen: Observation) -> None:
        """Restart: feed what the journal holds, so that a change after it is seen as one."""
        self._upright.observe(seen)

    def on_incident_state(self, state: IncidentState, now: datetime) -> list[Effect]:
        """What the cloud says of an incident; an old or unknown revision changes nothing."""
        incident = self.open_incidents.get(state.incident_id)
        if incident is None or state.revision <= incident.cloud.revision:
            return []
        told = replace(incident, cloud=cloud_part(state))
        if told.is_ended:
            return self._on_closed(told, now)
        told = replace(told, is_called_again=still_called(incident, state))
        if incident.is_acknowledged and not told.is_acknowledged:
            told = replace(told, handed_back_at=now, plan_b_said_at=None, plan_b_at=None)
        effects: list[Local] = []
        if told.is_acknowledged and not incident.is_acknowledged:
            told, effects = answered_for(told, now)
        if told.is_duress and told.settled_at is not None and not told.has_heir:
            told = self._resting(told, now)  # an ordinary one would have ended with this message
        done = self._keep(incident, (told, effects), now)
        if told.reopens_at == now:
            done += self._reopen(self.open_incidents[told.incident_id], now)
        return done

    def on_say(self, say: Say, now: datetime) -> list[Effect]:
        """A catalogue sentence from the cloud, unless it is unknown here or no longer worth it."""
        if say.key not in SAY or now > say.until:
            return []
        return [Speak((), say.key, tuple(say.values.items()))]

    def tick(self, now: datetime) -> list[Effect]:
        """Whatever has fallen due."""
        effects: list[Effect] = []
        for incident in list(self.open_incidents.values()):
            if incident.reopens_at is not None and now >= incident.reopens_at:
                effects += self._reopen(incident, now)
            elif not incident.is_ended:
                effects += self._keep(incident, (incident, []), now)
        return effects

    def due(self, now: datetime) -> datetime | None:
        """When `tick` has something to do next, never before `now`; None: only people can act."""
        instants = [due(each, self._home) for each in self.open_incidents.values()]
        first = min((at for at in instants if at is not None), default=None)
        return None if first is None else max(first, now)

    def restore(
        self,
        incidents: Iterable[HubIncident],
        now: datetime,
        just_closed: Iterable[HubIncident] = (),
        died_at: datetime | None = None,
    ) -> list[Effect]:
        """Restart: take over the open incidents, and do again what may not have been done.

        What is decided is on the disk before it is done: the hub may have died in between. So what
        should be on is switched on, what was to go off shortly before `died_at` (None: now) is
        switched off, and a press of a moment ago is answered.
        """
        self.open_incidents |= {each.incident_id: each for each in incidents}
        known = list(self.open_incidents.values())
        effects: list[Effect] = [*done_again(known, [*known, *just_closed], died_at or now)]
        if any(_is_fresh_call(each, now) for each in known):
            effects.append(Speak((), "say.sos_help_called"))
        return effects + self.tick(now)

    def _is_secret(self, text: str) -> bool:
        """What proves who somebody is, is kept nowhere and told to nobody: the outcome says it."""
        return is_pin(text, self._pin) or is_duress(text, self._duress_word)

    def _newest_first(self) -> list[HubIncident]:
        def last_word(incident: HubIncident) -> datetime:
            return incident.check.started_at if incident.check else incident.opened_at

        return sorted(self.open_incidents.values(), key=last_word, reverse=True)

    def _open(
        self, incident_id: UUID, findings: tuple[Finding, ...], now: datetime
    ) -> list[Effect]:
        return self._keep(None, opened(incident_id, findings, self._risks, self._home), now)

    def _threatened(self, pressed: HubIncident | None, now: datetime) -> list[Effect]:
        """The secret word without a running question: an incident of its own, and no sign of it.

        Where the home is waiting for the PIN after an SOS it answers as it answers the PIN.
        """
        shown: list[Effect] = []
        if pressed is not None:
            shown = self._keep(pressed, (pressed, [Speak((), "say.pin_noted")]), now)
        finding = Finding(
            slug="sos_call",
            variant="duress",
            severity=Severity.CRITICAL,
            state=FindingState.RAISED,
            at=now,
            since=now,
            facts=(Fact.of("fact.sos_duress_spoken"),),
        )
        return shown + self.on_finding(finding, now)

    def _on_cleared(self, finding: Finding, now: datetime) -> list[Effect]:
        return [
            effect
            for incident in list(self.open_incidents.values())
            if _place(finding) in {_place(each) for each in incident.standing()}
            for effect in self._cleared(incident, finding, now)
        ]

    def _cleared(self, known: HubIncident, finding: Finding, now: datetime) -> list[Effect]:
        incident = replace(known, findings=with_finding(known.findings, finding))
        if incident.standing():
            return self._keep(known, (incident, []), now)
        incident = replace(incident, cleared_at=finding.at, reopens_at=None)
        effects: list[Local] = []
        if known.is_ended:
            return self._end(incident)
        if incident.running("siren") == EVACUATE:
            effects += switch_off(incident, "siren")
        if may_resolve(incident, now):
            incident, told = resolved(incident, now)
            effects += told
        return self._keep(known, (incident, effects), now)

    def _on_closed(self, incident: HubIncident, now: datetime) -> list[Effect]:
        """Closed by a person. A danger that still stands is not closed with it (DESIGN §6)."""
        offs = switch_off(incident, "siren", "path_light")
        incident = remember(incident, offs, now)
        incident = self._resting(incident, now)
        changed = replace(incident, revision=incident.revision + 1)
        self.open_incidents[changed.incident_id] = changed
        effects: list[Effect] = [Changed(changed), *arbitrate(offs, self._others(changed))]
        if changed.reopens_at is None or changed.has_heir:
            return effects + self._end(changed, going_on=still_standing(changed, self._risks))
        return effects + (self._reopen(changed, now) if changed.reopens_at == now else [])

    def _resting(self, incident: HubIncident, now: datetime) -> HubIncident:
        """With when to ask anew about what still stands: from the answer on that called it off."""
        standing = still_standing(incident, self._risks)
        if not standing or incident.reopens_at is not None:
            return incident if standing else replace(incident, reopens_at=None)
        rest = max(self._risks[f.slug].rests_for(f.variant, f.severity) for f in standing)
        is_critical = any(each.severity is Severity.CRITICAL for each in standing)
        is_at_once = is_critical or bool(raised_since(incident, self._risks))
        later = max(now, (incident.settled_at or now) + rest)
        return replace(incident, reopens_at=now if is_at_once else later)

    def _reopen(self, incident: HubIncident, now: datetime) -> list[Effect]:
        newer = raised_since(incident, self._risks)
        standing = tuple(
            f if f in newer else replace(f, at=now) for f in still_standing(incident, self._risks)
        )
        # the cloud has opened it too, at the closing: both find the same id, so it is one incident
        heir = successor(incident.incident_id)
        if not incident.is_ended:  # a silent call: for those who help it goes on
            kept = replace(incident, reopens_at=None, has_heir=True, revision=incident.revision + 1)
            self.open_incidents[kept.incident_id] = kept
            return [Changed(kept), *self._open(heir, standing, now)]
        ended = self._end(incident, going_on=standing)
        return ended + self._open(heir, standing, now)

    def _end(self, incident: HubIncident, going_on: tuple[Finding, ...] = ()) -> list[Effect]:
        self.open_incidents.pop(incident.incident_id)
        places = {_place(f) for f in going_on if not self._risks[f.slug].latches}
        raised = [f for f in incident.findings if f.state is FindingState.RAISED]
        over = tuple(f for f in raised if _place(f) not in places)
        return [Closed(incident.incident_id, over)]

    def _others(self, incident: HubIncident) -> list[HubIncident]:
        return [i for i in self.open_incidents.values() if i.incident_id != incident.incident_id]

    def _keep(self, before: HubIncident | None, step: Step, now: datetime) -> list[Effect]:
        """Write down what has changed, with all that falls due by it, as one revision."""
        incident, done = step
        incident, more = advance(incident, self._home, now)
        done = fitted([*done, *more], self._home)
        incident = remember(incident, done, now)
        if incident == before:
            return []
        incident = replace(incident, revision=incident.revision + 1)
        self.open_incidents[incident.incident_id] = incident
        return [Changed(incident), *arbitrate(done, self._others(incident))]


def _place(finding: Finding) -> tuple[str, str, str]:
    return finding.slug, finding.variant, finding.device


def _is_in_pin_window(incident: HubIncident, now: datetime) -> bool:
    if incident.slug != "sos_call" or incident.is_duress:
        return False
    return now - max(f.at for f in incident.findings) <= PIN_WITHIN


def _is_fresh_call(incident: HubIncident, now: datetime) -> bool:
    is_ours = incident.is_live and not incident.is_duress and not incident.is_acknowledged
    presses = [f.at for f in incident.findings if f.slug == "sos_call"]
    return is_ours and any(now - at <= ANSWER_WITHIN for at in presses)


def _says_cooking(text: str, language: str) -> bool:
    said = normalise(text)
    return any(phrase in said for phrase in PHRASES.get(language, PHRASES["en"]).cooking)


def _where(incident: HubIncident) -> tuple[datetime, str]:
    """When and in which room the newest fall was: whoever fell elsewhere before lies there now."""
    newest = fell(incident)
    return newest.at, newest.room
