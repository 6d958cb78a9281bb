// Three things that a page cannot do without a script: follow the server, let clocks run, and say
// when it is stale. Everything else works by links and forms, also where this file does not run.
"use strict";

// Waiting clocks: the server sends the seconds it knows; from then on the browser counts.
const seenAt = new WeakMap();

function written(seconds) {
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function tick() {
  const now = performance.now();
  for (const clock of document.querySelectorAll("time[data-seconds]")) {
    if (!seenAt.has(clock)) seenAt.set(clock, now);
    const seconds = Number(clock.dataset.seconds) + Math.floor((now - seenAt.get(clock)) / 1000);
    if (seconds < 172800) clock.textContent = written(seconds);
    if (clock.dataset.promise && seconds > Number(clock.dataset.promise)) {
      clock.closest(".row, .band")?.classList.add("late");
    }
  }
}

// A view that has lost its connection must not look live.
function stale(isStale) {
  document.getElementById("stale").hidden = !isStale;
}

// The server sends the whole view; what the reader has opened, chosen or focused stays as it was.
function show(place, html) {
  const focused = document.activeElement?.id;
  const kept = [...place.querySelectorAll("details[id], select[id]")].map((one) => [
    one.id, one.open, one.value,
  ]);
  place.innerHTML = html;
  for (const [id, open, value] of kept) {
    const one = document.getElementById(id);
    if (one instanceof HTMLDetailsElement) one.open = open;
    if (one instanceof HTMLSelectElement) one.value = value;
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  tick();
}

function follow(place) {
  const source = new EventSource(place.dataset.live);
  source.addEventListener("open", () => stale(false));
  source.addEventListener("view", (event) => show(place, event.data));
  // The session or the permission has ended: what is on the screen must go, too.
  source.addEventListener("gone", () => { source.close(); location.reload(); });
  source.addEventListener("error", () => {
    stale(true);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(place), 5000);
  });
  addEventListener("pagehide", () => source.close(), { once: true });
}

document.querySelectorAll("[data-live]").forEach(follow);
tick();
setInterval(tick, 1000);
