/** The emulator's control API, next to this page. */

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(method, path, body) {
  const request = { method, headers: { Accept: "application/json" } };
  if (body !== undefined) {
    request.headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  const response = await fetch(new URL(path, document.baseURI), request);
  const text = await response.text();
  if (!response.ok) throw new ApiError(response.status, reason(text) || response.statusText);
  return text ? JSON.parse(text) : null;
}

function reason(text) {
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text;
  }
}

export const api = {
  state: () => ask("GET", "state"),
  stream: () => new EventSource(new URL("stream", document.baseURI)),
  addPerson: (person) => ask("POST", "people", person),
  start: (id, payload) => ask("POST", `people/${id}/start`, payload ? { payload } : {}),
  say: (id, text) => ask("POST", `people/${id}/say`, { text }),
  tap: (id, mid, row, column) => ask("POST", `people/${id}/tap`, { mid, row, column }),
  stop: (id) => ask("POST", `people/${id}/stop`, {}),
  clear: (id) => ask("POST", `people/${id}/clear`, {}),
  launch: (id, startParam) =>
    ask("GET", `people/${id}/launch${startParam ? `?start_param=${encodeURIComponent(startParam)}` : ""}`),
  setFaults: (faults) => ask("POST", "faults", faults),
  clearFaults: () => ask("DELETE", "faults"),
};
