// Texts in the language of who reads.

/** @type {Record<string, string>} */
let texts = {};
/** @type {"en" | "zh"} */
let language = "en";

/** The language that is shown. */
export const shown = () => language;

/** Loads the texts of a language; none: the one chosen last, else the browser's. */
export async function load(/** @type {string | undefined} */ wanted) {
  const chosen = wanted ?? localStorage.getItem("language") ?? navigator.language;
  language = chosen.startsWith("zh") ? "zh" : "en";
  if (wanted) localStorage.setItem("language", language);
  texts = await (await fetch(`text/${language}.json`)).json();
  document.documentElement.lang = language;
}

/** A text, with values in the places of its `{names}`. */
export function t(/** @type {string} */ key, /** @type {Record<string, any>} */ values = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => String(values[name] ?? all));
}

/** A number as the language writes it. */
export const number = (/** @type {number} */ value) => new Intl.NumberFormat(language).format(value);

/** A time in the zone of who reads; in UTC it is the title of what shows it. */
export function time(/** @type {string} */ utc) {
  const date = new Date(utc);
  const two = (/** @type {number} */ value, length = 2) => String(value).padStart(length, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${clock}.${two(date.getMilliseconds(), 3)}`;
}
