// What is looked for. All of it is in the address of the page.

/**
 * @typedef {{ field: string, value: string, not: boolean }} Filter
 * @typedef {{ q: string, from: string, to: string, filters: Filter[] }} State
 */

/** @returns {State} */
export function read() {
  const asked = new URLSearchParams(location.search);
  const filters = asked.getAll("f").flatMap((text) => {
    try {
      const [field, value, not] = JSON.parse(text);
      return [{ field: String(field), value: String(value), not: not === true }];
    } catch {
      return [];
    }
  });
  return { q: asked.get("q") ?? "", from: asked.get("from") ?? "", to: asked.get("to") ?? "", filters };
}

/** Puts it into the address; `back` leads to what was there before. */
export function write(/** @type {State} */ state) {
  const asked = new URLSearchParams();
  for (const key of /** @type {const} */ (["q", "from", "to"])) if (state[key]) asked.set(key, state[key]);
  for (const one of state.filters) asked.append("f", JSON.stringify([one.field, one.value, one.not]));
  const query = asked.toString();
  history.pushState(null, "", query ? `?${query}` : location.pathname);
}

const quoted = (/** @type {string} */ text) =>
  `"${text.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/\t/g, "\\t")}"`;

/** What the API is asked: the words or the condition, the filters as another. */
export function question(/** @type {State} */ state) {
  const one = (/** @type {Filter} */ filter) =>
    `${filter.not ? "not " : ""}${filter.field} = ${quoted(filter.value)}`;
  return { q: state.q, filter: state.filters.map(one).join(" and "), from: state.from, to: state.to };
}
