// The search: what is asked, what is found, and how exact that is.

import { Problem, ask } from "./api.js";
import { bars } from "./bars.js";
import { drawer } from "./drawer.js";
import { element } from "./element.js";
import { KINDS, facets } from "./facets.js";
import { listen } from "./live.js";
import { question, read, write } from "./state.js";
import { table } from "./table.js";
import { load, number, shown, t } from "./text.js";

/** How often the page requests the hub's status and, where the hub does not stream, the newest alerts; milliseconds. */
const BEAT = 1000;
const PAGE = 100;
/** Rows a page that is live keeps at most. */
const MOST = 5000;

let state = read();
/** @type {AbortController | undefined} */
let running;
/** @type {ReturnType<typeof table>} */
let rows = table(() => {});
let isLive = false;
/** Streams what comes while the page is live. @type {EventSource | undefined} */
let source;
/** The place the next page begins at. @type {string | null} */
let next = null;

const health = element("span", { class: "health", role: "status" });
const chips = element("div", { class: "chips" });
const problem = element("div", { class: "problem", role: "alert", hidden: true });
const side = element("div");
const middle = element("div");
const main = element("main");

function say(/** @type {unknown} */ error) {
  if (error instanceof DOMException && error.name === "AbortError") return;
  problem.textContent = error instanceof Problem ? error.message : t("problem.away");
  problem.hidden = false;
}

function go(/** @type {Partial<typeof state>} */ change) {
  state = { ...state, ...change };
  write(state);
  show();
}

function choose(/** @type {string} */ field, /** @type {string} */ value, /** @type {boolean} */ not) {
  const others = state.filters.filter((one) => one.field !== field || one.value !== value);
  go({ filters: [...others, { field, value, not }] });
}

function open(/** @type {import("./table.js").Hit} */ hit) {
  const close = () => {
    main.classList.remove("open");
    main.querySelector(".drawer")?.remove();
    main.querySelector(`tr[data-id="${hit.id}"]`)?.focus();
  };
  main.querySelector(".drawer")?.remove();
  main.classList.add("open");
  const made = drawer(hit, choose, close);
  main.append(made);
  made.querySelector("h2")?.focus();
}

/** What an empty page says: nothing was found, or nothing has come yet. */
async function empty() {
  const { alerts } = await ask("status", {});
  if (alerts > 0) return element("div", { class: "empty" }, t("empty.found"));
  const line = (/** @type {string} */ text) => element("p", {}, element("code", {}, text));
  const receiver = `${location.protocol}//${location.hostname}:2801`;
  return element("div", { class: "empty" }, element("p", {}, t("empty.hub")),
    line(`-o json_output=true -o http_output.enabled=true -o http_output.url=${receiver}/`),
    element("p", {}, t("empty.test")), line(`curl -X POST ${receiver}/test`));
}

async function more(/** @type {AbortSignal} */ signal) {
  const page = await ask("search/hits", { ...question(state), limit: PAGE, before: next ?? undefined }, signal);
  rows.append(page.hits);
  next = page.next;
  return page;
}

async function show() {
  running?.abort();
  source?.close();
  source = undefined;
  running = new AbortController();
  const { signal } = running;
  problem.hidden = true;
  main.classList.remove("open");
  drawForm();
  next = null;
  rows = table(open);
  const asked = question(state);
  const status = element("div", { class: "status", role: "status" });
  const chart = element("div");
  const button = element("button", { type: "button", hidden: true, onclick: async () => {
    try {
      await more(signal);
      button.hidden = next === null;
    } catch (error) {
      say(error);
    }
  } }, t("more"));
  middle.replaceChildren(chart, status, rows.element, button);
  main.replaceChildren(side, middle);
  const hits = async () => {
    // What was not found in time is looked for further on.
    let page = await more(signal);
    while (page.next !== null && rows.size() === 0) page = await more(signal);
    button.hidden = next === null;
    if (rows.size() === 0) rows.element.replaceWith(await empty());
  };
  const histogram = async () => {
    const answer = await ask("search/histogram", { ...asked, bars: 120 }, signal);
    const words = { exact: t("exact"), sampled: t("sampled"), partial: t("partial") };
    const exactness = words[/** @type {keyof typeof words} */ (answer.exactness)];
    status.textContent = t("status", { total: number(answer.total), ms: Math.round(answer.took_ms), exactness });
    chart.replaceChildren(answer.counts.length > 0 ? bars(answer, (from, to) => go({ from, to })) : "");
  };
  const values = async () => {
    side.replaceChildren(facets(await ask("search/facets", { ...asked, kinds: KINDS }, signal), choose));
  };
  try {
    // First: what gets into the store while it is searched comes this way.
    if (isLive) {
      const made = await listen(asked, came, skipped);
      if (signal.aborted || !isLive) return made.close();
      source = made;
    }
    await Promise.all([hits(), histogram(), values()]);
  } catch (error) {
    say(error);
  }
}

function drawForm() {
  for (const key of /** @type {const} */ (["q", "from", "to"])) {
    /** @type {HTMLInputElement} */ (document.getElementById(key)).value = state[key];
  }
  chips.replaceChildren(...state.filters.map((one) => element("button", {
    type: "button", title: t("chip.remove"), "aria-label": `${t("chip.remove")}: ${one.field} ${one.value}`,
    onclick: () => go({ filters: state.filters.filter((other) => other !== one) }),
  }, `${one.not ? `${t("chip.not")} ` : ""}${one.field} = ${one.value} ×`)));
}

/** Says how the hub is doing, and shows what has come where the page is live. */
async function beat() {
  try {
    const status = await ask("status", {});
    const behind = status.behind_s >= 2 ? `, ${t("head.behind", { seconds: Math.round(status.behind_s) })}` : "";
    health.textContent = status.failing ? t("head.failing", { why: status.failing })
      : t("head.count", { count: number(status.alerts) }) + behind;
    health.classList.toggle("bad", Boolean(status.failing));
    // Where the hub does not stream.
    if (isLive && source?.readyState === EventSource.CLOSED) await follow();
  } catch {
    health.textContent = t("problem.away");
    health.classList.add("bad");
  }
  setTimeout(beat, BEAT);
}

function came(/** @type {import("./table.js").Hit} */ hit) {
  if (!rows.element.isConnected || rows.size() > MOST) show();
  else rows.insert(hit);
}

/** Begins anew where more came than was sent. */
async function skipped(/** @type {number} */ count) {
  await show();
  problem.textContent = t("live.skipped", { count: number(count) });
  problem.hidden = false;
}

async function follow() {
  const newest = rows.newest();
  if (newest === undefined || rows.size() > MOST) return show();
  const page = await ask("search/hits", { ...question(state), limit: PAGE });
  const known = page.hits.findIndex((/** @type {{ id: string }} */ hit) => hit.id === newest);
  if (known > 0) for (const hit of page.hits.slice(0, known)) rows.insert(hit);
  // More came than a page has.
  else if (known < 0) await show();
}

function draw() {
  document.title = `${t("title")} · Peregrine`;
  const input = (/** @type {"q" | "from" | "to"} */ id, /** @type {string} */ name, /** @type {string} */ label) =>
    element("label", { class: name }, label, element("input", {
      id, name: id, autocomplete: "off", spellcheck: "false", placeholder: id === "q" ? undefined : t("form.time"),
    }));
  const form = element("form", { role: "search", onsubmit: (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const value = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (document.getElementById(id)).value.trim();
    go({ q: value("q"), from: value("from"), to: value("to") });
  } }, input("q", "q", t("form.q")), input("from", "time", t("form.from")), input("to", "time", t("form.newest")),
  element("div", { class: "go" }, element("button", { class: "main" }, t("form.go")),
    element("button", { type: "button", onclick: () => go({ q: "", from: "", to: "", filters: [] }) }, t("all"))));
  const live = element("button", { type: "button", "aria-pressed": isLive, onclick: () => {
    isLive = !isLive;
    live.setAttribute("aria-pressed", String(isLive));
    live.classList.toggle("main", isLive);
    show();
  } }, t("head.live"));
  live.classList.toggle("main", isLive);
  const language = element("button", { type: "button", onclick: async () => {
    await load(shown() === "zh" ? "en" : "zh");
    draw();
    show();
  } }, t("head.language"));
  const head = element("header", {}, element("h1", {}, "Peregrine"), live, language, health);
  document.body.replaceChildren(head, form, chips, problem, main);
}

await load(undefined);
draw();
window.addEventListener("popstate", () => {
  state = read();
  show();
});
show();
beat();
