// Elements of the page. Texts are texts: nothing anybody sent is ever markup.

const SVG = new Set(["svg", "rect"]);
const NAMESPACE = "http://www.w3.org/2000/svg";

/**
 * Makes an element.
 * @param {string} name
 * @param {Record<string, any>} [attributes] `on...` are listeners, `undefined` and `false` are left out
 * @param {...(Node | string | undefined)} children
 * @returns {any}
 */
export function element(name, attributes = {}, ...children) {
  const made = SVG.has(name) ? document.createElementNS(NAMESPACE, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}
