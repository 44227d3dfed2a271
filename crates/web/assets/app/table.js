// Alerts, the newest first: j and k go down and up, Enter opens one.

import { element } from "./element.js";
import { t, time } from "./text.js";

const WORSE = new Set(["emergency", "alert", "critical", "error"]);

/**
 * @typedef {{ id: string, time: string, alert: any }} Hit
 * @param {(hit: Hit) => void} open
 */
export function table(open) {
  const columns = /** @type {const} */ (["time", "host", "priority", "rule", "output"]);
  const head = columns.map((name) => element("th", { class: name, scope: "col" }, t(`table.${name}`)));
  const body = element("tbody");
  const whole = element("table", {}, element("thead", {}, element("tr", {}, ...head)), body);
  whole.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const row = /** @type {HTMLElement} */ (event.target).closest("tr");
    const to = { j: row?.nextElementSibling, ArrowDown: row?.nextElementSibling,
      k: row?.previousElementSibling, ArrowUp: row?.previousElementSibling }[event.key];
    if (to) {
      event.preventDefault();
      /** @type {HTMLElement} */ (to).focus();
    }
  });
  /** @type {Set<string>} */
  const ids = new Set();
  const row = (/** @type {Hit} */ hit) => {
    const { hostname, priority, rule, output } = hit.alert;
    const word = String(priority ?? "").toLowerCase();
    const kind = WORSE.has(word) ? "worse" : word === "warning" ? "warning" : undefined;
    const choose = () => {
      for (const other of body.querySelectorAll("[aria-selected]")) other.removeAttribute("aria-selected");
      made.setAttribute("aria-selected", "true");
      open(hit);
    };
    const cell = (/** @type {string} */ name, /** @type {any} */ text, title = undefined) =>
      element("td", { class: name, title }, String(text ?? ""));
    const made = element("tr", {
      tabindex: 0, class: kind, "data-id": hit.id, onclick: choose,
      onkeydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === "Enter") choose(); },
    }, cell("time", time(hit.time), hit.time), cell("host", hostname), cell("priority", priority), cell("rule", rule),
    cell("output", output));
    return made;
  };
  return {
    element: element("div", { class: "scroll" }, whole),
    append: (/** @type {Hit[]} */ hits) => {
      const unknown = hits.filter((hit) => !ids.has(hit.id));
      for (const hit of unknown) ids.add(hit.id);
      body.append(...unknown.map(row));
    },
    /** Puts an alert among the others by its time; one older than all of them is for whoever asks for more. */
    insert: (/** @type {Hit} */ hit) => {
      if (ids.has(hit.id)) return;
      const id = BigInt(hit.id);
      const older = [...body.children].find((one) => BigInt(/** @type {HTMLElement} */ (one).dataset.id ?? 0) < id);
      if (older === undefined && body.childElementCount > 0) return;
      ids.add(hit.id);
      body.insertBefore(row(hit), older ?? null);
    },
    newest: () => /** @type {HTMLElement | null} */ (body.firstElementChild)?.dataset.id,
    size: () => body.childElementCount,
  };
}
