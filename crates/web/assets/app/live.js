// The live view: what comes, from the hub itself as soon as it is there.

/**
 * Listens to the hub. It settles once the hub listens too: what comes from then on is sent.
 * @param {Record<string, string>} asked as searches have it
 * @param {(hit: import("./table.js").Hit) => void} came
 * @param {(count: number) => void} skipped so many came that were not sent
 * @returns {Promise<EventSource>} closed: the hub streams nothing, and is polled instead
 */
export function listen(asked, came, skipped) {
  const set = Object.entries(asked).filter(([, value]) => value !== "");
  const source = new EventSource(`api/v2/live?${new URLSearchParams(set)}`);
  source.addEventListener("alert", (event) => came(JSON.parse(event.data)));
  source.addEventListener("skipped", (event) => skipped(JSON.parse(event.data).skipped));
  return new Promise((settle) => {
    source.addEventListener("open", () => settle(source));
    source.addEventListener("error", () => settle(source));
  });
}
