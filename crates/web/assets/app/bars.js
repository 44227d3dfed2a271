// Bars over time; a part of them that is drawn over with the pointer becomes the time that is asked for.

import { element } from "./element.js";
import { t, time } from "./text.js";

const WIDTH = 1000;
const HEIGHT = 80;

/**
 * @param {{ start: string, step_s: number, counts: number[] }} bars
 * @param {(from: string, to: string) => void} choose
 */
export function bars(bars, choose) {
  const { counts, start, step_s: step } = bars;
  const most = Math.max(1, ...counts);
  const width = WIDTH / Math.max(1, counts.length);
  const at = (/** @type {number} */ bar) => {
    const date = new Date(Date.parse(start) + bar * step * 1000);
    return date.toISOString().replace(".000Z", "Z");
  };
  const label = t("bars.label", { count: counts.length, from: time(start) });
  const svg = element("svg", {
    class: "bars", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label,
  });
  counts.forEach((count, place) => {
    const height = count === 0 ? 0 : Math.max(1, (count / most) * (HEIGHT - 4));
    svg.append(element("rect", { x: place * width, y: HEIGHT - height, width: Math.max(0.5, width - 1), height }));
  });
  const brush = element("rect", { class: "brush", y: 0, height: HEIGHT, width: 0 });
  svg.append(brush);
  /** @type {number | undefined} */
  let begin;
  const place = (/** @type {PointerEvent} */ event) => {
    const box = svg.getBoundingClientRect();
    const part = (event.clientX - box.left) / Math.max(1, box.width);
    return Math.min(counts.length - 1, Math.max(0, Math.floor(part * counts.length)));
  };
  const span = (/** @type {PointerEvent} */ event) => {
    const other = place(event);
    return [Math.min(begin ?? other, other), Math.max(begin ?? other, other) + 1];
  };
  svg.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    begin = place(event);
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    if (begin === undefined) return;
    const [first, last] = span(event);
    brush.setAttribute("x", String(first * width));
    brush.setAttribute("width", String((last - first) * width));
  });
  svg.addEventListener("pointerup", (/** @type {PointerEvent} */ event) => {
    if (begin === undefined) return;
    const [first, last] = span(event);
    const drawn = begin !== place(event);
    begin = undefined;
    brush.setAttribute("width", "0");
    if (drawn) choose(at(first), at(last));
  });
  svg.addEventListener("dblclick", () => choose("", ""));
  return svg;
}
