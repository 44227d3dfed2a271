// Requests of the API.

/** What the hub said is wrong. */
export class Problem extends Error {}

/**
 * Asks the hub.
 * @param {string} path below `/api/v2/`
 * @param {Record<string, string | number | undefined>} parameters
 * @param {AbortSignal} [signal]
 */
export async function ask(path, parameters, signal) {
  const asked = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") asked.set(key, String(value));
  }
  const answer = await fetch(`api/v2/${path}?${asked}`, { signal });
  const body = await answer.json();
  if (!answer.ok) throw new Problem(body.detail ?? answer.statusText);
  return body;
}
