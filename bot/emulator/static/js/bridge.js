/**
 * The MAX client's side of the mini app bridge (the page's side is max-web-app.js): requests come as JSON strings
 * `{type, requestId, …}` by postMessage and are answered with the same type and id.
 *
 * The methods and the shapes of their answers: dev.max.ru/docs/webapps/bridge.
 */

import { AppStorage } from "./appstorage.js";

const REFUSED = "user_refused";

/** Thrown by a client to refuse a request; the page's promise is rejected with `{error: {code}}`. */
export class BridgeRefusal extends Error {}

const NOTHING = () => ({});

// What each request means to the client; `client` is made by miniapp.js.
const REQUESTS = {
  WebAppReady: (client) => client.ready(),
  WebAppClose: (client) => client.close(),
  WebAppSetupBackButton: (client, { isVisible }) => client.showBack(Boolean(isVisible)),
  WebAppSetupClosingBehavior: (client, { needConfirmation }) => client.confirmClosing(Boolean(needConfirmation)),
  WebAppSetupSwipesBehavior: NOTHING,
  WebAppSetupScreenCaptureBehavior: NOTHING,
  WebAppScreenBrightness: NOTHING,
  WebAppHapticFeedbackImpact: () => buzz(12),
  WebAppHapticFeedbackNotification: () => buzz([14, 50, 14]),
  WebAppHapticFeedbackSelectionChange: () => buzz(6),
  WebAppOpenLink: (client, { url }) => client.openLink(url),
  WebAppOpenMaxLink: (client, { url }) => client.openMaxLink(url),
  WebAppShare: shared,
  WebAppMaxShare: shared,
  WebAppDownloadFile: (client, { url, file_name: name }) => {
    client.download(url, name);
    return { status: "downloading" };
  },
  WebAppRequestPhone: async (client) => {
    const contact = await client.contact();
    if (!contact) throw new BridgeRefusal("user_refused_provide_phone_number");
    return contact;
  },
  WebAppOpenCodeReader: async (client) => {
    const value = await client.readCode();
    if (!value) throw new BridgeRefusal(REFUSED);
    return { value };
  },
  WebAppDeviceStorageSaveKey: (client, request) => save(client, "device", request),
  WebAppDeviceStorageGetKey: (client, request) => read(client, "device", request),
  WebAppDeviceStorageClear: (client) => clear(client, "device"),
  WebAppSecureStorageSaveKey: (client, request) => save(client, "secure", request),
  WebAppSecureStorageGetKey: (client, request) => read(client, "secure", request),
  WebAppSecureStorageClear: (client) => clear(client, "secure"),
  WebAppGetViewportSize: (client) => client.viewport(),
  WebAppGetLaunchContext: () => ({ entryPoint: "default" }),
};

/** Answer the page in `frame` for as long as it is open. Returns `{emit(type, payload), stop()}`. */
export function answerBridge(frame, client) {
  const post = (message) => frame.contentWindow?.postMessage(JSON.stringify(message), "*");
  const listener = async (event) => {
    if (event.source !== frame.contentWindow) return;
    const request = readRequest(event.data);
    if (!request) return;
    const { type, requestId } = request;
    post({ type, requestId, ...(await outcome(type, client, request)) });
  };
  window.addEventListener("message", listener);
  return {
    emit: (type, payload = {}) => post({ type, ...payload }),
    stop: () => window.removeEventListener("message", listener),
  };
}

async function outcome(type, client, request) {
  try {
    return (await REQUESTS[type](client, request)) ?? {};
  } catch (error) {
    return { error: { code: error instanceof BridgeRefusal ? error.message : "request_error" } };
  }
}

function readRequest(data) {
  try {
    const request = JSON.parse(data);
    return Object.hasOwn(REQUESTS, request?.type) ? request : null;
  } catch {
    return null;
  }
}

async function shared(client, { text, link }) {
  const whole = [text, link].filter(Boolean).join("\n");
  return { status: (await client.share(whole)) ? "shared" : "cancelled" };
}

function save(client, kind, { key, value }) {
  new AppStorage(client.userId, kind).set(key, value);
  return { status: value === null ? "removed" : "updated" };
}

function read(client, kind, { key }) {
  return { key, value: new AppStorage(client.userId, kind).get(key) };
}

function clear(client, kind) {
  new AppStorage(client.userId, kind).clear();
  return { status: "cleared" };
}

function buzz(pattern) {
  navigator.vibrate?.(pattern);
  return {};
}
