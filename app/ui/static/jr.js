// Keeps a page fresh: `data-events` names an event stream, `data-refresh` a pause in seconds. Pages work without it.
"use strict";

const main = () => document.querySelector("main");
let fetching = false;
let again = false;

async function refresh() {
  if (fetching) { again = true; return; }
  fetching = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    if (page === null) return;
    for (const details of main().querySelectorAll("details[id]")) {
      const twin = page.querySelector("#" + CSS.escape(details.id));
      if (twin !== null) twin.open = details.open;
    }
    main().replaceWith(document.adoptNode(page));
  } catch {
    // The service is away for a moment; the next event or pause tries again.
  } finally {
    fetching = false;
    if (again) { again = false; refresh(); }
  }
}

function follow(url) {
  const source = new EventSource(url);
  const types = ["task.started", "stage.entered", "plan.made", "fallback", "model.called", "step.finished",
    "task.awaiting_approval", "task.approved", "task.rejected", "task.retried", "task.reverted"];
  const ends = ["task.completed", "task.failed", "task.cancelled"];
  for (const type of types) source.addEventListener(type, refresh);
  for (const type of ends) source.addEventListener(type, () => { source.close(); refresh(); });
}

addEventListener("DOMContentLoaded", () => {
  const { events, refresh: pause } = main().dataset;
  if (events) follow(events);
  if (pause) setInterval(() => { if (!document.hidden) refresh(); }, Number(pause) * 1000);
});
