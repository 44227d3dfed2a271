// Which values the alerts have, the most frequent first.

import { element } from "./element.js";
import { number, t } from "./text.js";

/** Facets by the field that conditions name them by. */
const FIELDS = {
  priority: "priority", rule: "rule", host: "hostname", source: "source", process: "proc.name",
  user: "user.name", container: "container.name",
};

/** The kinds that are asked for. */
export const KINDS = Object.keys(FIELDS).join(",");

/**
 * @param {{ facets: Record<string, { value: string, count: number }[]>, exactness: string }} answer
 * @param {(field: string, value: string, not: boolean) => void} choose
 */
export function facets(answer, choose) {
  const about = answer.exactness === "exact" ? "" : "≈ ";
  const list = Object.entries(FIELDS).map(([kind, field]) => {
    const values = answer.facets[kind] ?? [];
    if (values.length === 0) return undefined;
    const item = (/** @type {{ value: string, count: number }} */ { value, count }) =>
      element("li", {}, element("button", {
        type: "button", title: `${value}\n${t("facet.label")}`,
        onclick: (/** @type {MouseEvent} */ event) => choose(field, value, event.shiftKey),
      }, element("span", { class: "value" }, value || "—"), element("span", { class: "count" }, about + number(count))));
    return element("section", {}, element("h2", {}, t(`facet.${kind}`)), element("ul", {}, ...values.map(item)));
  });
  return element("aside", { class: "facets" }, ...list);
}
