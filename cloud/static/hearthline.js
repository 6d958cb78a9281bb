// Two small things that a page cannot do without a script: let clocks run, and say when it is stale.
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
setInterval(tick, 1000);

// A live view that has lost its connection must not look live.
const stale = (isStale) => { document.getElementById("stale").hidden = !isStale; };
document.addEventListener("htmx:sseError", () => stale(true));
document.addEventListener("htmx:sseOpen", () => stale(false));

// "gone": the session or the permission has ended; what is on the screen must go too.
document.addEventListener("htmx:sseOpen", (event) => {
  event.detail.source.addEventListener("gone", () => location.reload(), { once: true });
});
