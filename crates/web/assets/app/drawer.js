// One alert: its fields, and all of it as it was received.

import { element } from "./element.js";
import { t } from "./text.js";

/**
 * @param {import("./table.js").Hit} hit
 * @param {(field: string, value: string, not: boolean) => void} choose
 * @param {() => void} close
 */
export function drawer(hit, choose, close) {
  const fields = Object.entries(hit.alert.output_fields ?? {}).flatMap(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    // Conditions name texts of fields with plain names; those without a class by `field[...]`.
    const plain = typeof value === "string" && /^[\w.]+$/.test(name);
    const field = plain ? (name.includes(".") ? name : `field[${name}]`) : undefined;
    const button = (/** @type {boolean} */ not) => element("button", {
      type: "button", title: t(not ? "drawer.isnot" : "drawer.is"), "aria-label": t(not ? "drawer.isnot" : "drawer.is"),
      onclick: () => choose(field ?? "", text, not),
    }, not ? "≠" : "=");
    const buttons = field ? [button(false), button(true)] : [];
    return [element("dt", {}, name), element("dd", {}, element("span", {}, text), ...buttons)];
  });
  const heading = element("h2", { tabindex: -1 }, String(hit.alert.rule ?? ""));
  const made = element("aside", {
    class: "drawer", "aria-label": String(hit.alert.rule ?? ""),
    onkeydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === "Escape") close(); },
  }, element("button", { type: "button", onclick: close }, t("drawer.close")), heading,
  element("p", {}, String(hit.alert.output ?? "")), element("h2", {}, t("drawer.fields")), element("dl", {}, ...fields),
  element("h2", {}, t("drawer.json")), element("pre", { tabindex: 0 }, JSON.stringify(hit.alert, null, 2)));
  return made;
}
