/*
 * A stand-in for MAX's bridge script (https://st.max.ru/js/max-web-app.js): the same window.WebApp for a mini app that
 * runs inside the emulator. Methods and shapes of answers: dev.max.ru/docs/webapps/bridge. Promises are rejected with
 * {error: {code}}, as the vendor's are.
 */
(() => {
  "use strict";

  const launch = new URLSearchParams(location.hash.slice(1));
  // MAX hands the launch data over once, in the fragment; a page that navigates inside itself loses it otherwise.
  const remembered = recall();
  const initData = launch.get("WebAppData") ?? remembered.initData ?? "";
  const platform = launch.get("WebAppPlatform") ?? remembered.platform ?? "web";
  const version = launch.get("WebAppVersion") ?? remembered.version ?? "26.0.0";
  remember({ initData, platform, version });

  const listeners = new Map();
  const answers = new Map();
  let lastRequest = 0;

  window.addEventListener("message", (event) => {
    if (event.source !== window.parent) return;
    const message = read(event.data);
    if (!message) return;
    const { type, requestId, ...payload } = message;
    const answer = answers.get(requestId);
    answers.delete(requestId);
    if (answer && payload.error) answer.reject({ error: payload.error });
    else if (answer) answer.resolve(payload);
    (listeners.get(type) ?? []).slice().forEach((listener) => listener(payload));
  });

  /** Ask the client and wait for its answer. */
  function ask(type, parameters = {}) {
    lastRequest += 1;
    const requestId = `request-${lastRequest}`;
    return new Promise((resolve, reject) => {
      answers.set(requestId, { resolve, reject });
      window.parent.postMessage(JSON.stringify({ type, requestId, ...parameters }), "*");
    });
  }

  /** Tell the client something that nobody waits for. */
  function tell(type, parameters = {}) {
    ask(type, parameters).catch(() => {});
  }

  function onEvent(name, listener) {
    listeners.set(name, [...(listeners.get(name) ?? []), listener]);
  }

  function offEvent(name, listener) {
    listeners.set(name, (listeners.get(name) ?? []).filter((known) => known !== listener));
  }

  const backButton = {
    isVisible: false,
    show: () => setBackButton(true),
    hide: () => setBackButton(false),
    onClick: (listener) => onEvent("WebAppBackButtonPressed", listener),
    offClick: (listener) => offEvent("WebAppBackButtonPressed", listener),
  };

  function setBackButton(isVisible) {
    backButton.isVisible = isVisible;
    tell("WebAppSetupBackButton", { isVisible });
  }

  function storage(kind) {
    return {
      setItem: (key, value) => ask(`WebApp${kind}StorageSaveKey`, { key, value }),
      getItem: (key) => ask(`WebApp${kind}StorageGetKey`, { key }),
      removeItem: (key) => ask(`WebApp${kind}StorageSaveKey`, { key, value: null }),
      clear: () => ask(`WebApp${kind}StorageClear`),
    };
  }

  // This device has no sensor: apps must live without one.
  const biometricManager = {
    isInited: false,
    isBiometricAvailable: false,
    biometricType: [],
    deviceId: null,
    isAccessRequested: false,
    isAccessGranted: false,
    isBiometricTokenSaved: false,
    init: async () => {
      biometricManager.isInited = true;
      return { available: false };
    },
    requestAccess: unsupported,
    authenticate: unsupported,
    updateBiometricToken: unsupported,
    openSettings: unsupported,
  };

  function unsupported() {
    return Promise.reject({ error: { code: "not_supported" } });
  }

  function parseInitData(raw) {
    const parsed = {};
    for (const [key, value] of new URLSearchParams(raw)) {
      if (key === "user" || key === "chat") parsed[key] = read(value) ?? value;
      else if (key === "auth_date") parsed[key] = Number(value);
      else parsed[key] = value;
    }
    return parsed;
  }

  function read(text) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  function recall() {
    // history.state belongs to this frame alone; sessionStorage would be shared with the other phones' mini apps.
    return history.state?.maxLaunch ?? {};
  }

  function remember(maxLaunch) {
    history.replaceState({ ...history.state, maxLaunch }, "");
  }

  window.WebApp = {
    initData,
    initDataUnsafe: parseInitData(initData),
    platform,
    version,
    deviceName: "Okno emulator",
    ready: () => tell("WebAppReady"),
    close: () => tell("WebAppClose"),
    onEvent,
    offEvent,
    BackButton: backButton,
    HapticFeedback: {
      impactOccurred: (impactStyle, disableVibrationFallback = false) =>
        ask("WebAppHapticFeedbackImpact", { impactStyle, disableVibrationFallback }),
      notificationOccurred: (notificationType, disableVibrationFallback = false) =>
        ask("WebAppHapticFeedbackNotification", { notificationType, disableVibrationFallback }),
      selectionChanged: (disableVibrationFallback = false) =>
        ask("WebAppHapticFeedbackSelectionChange", { disableVibrationFallback }),
    },
    ScreenCapture: {
      enableScreenCapture: () => ask("WebAppSetupScreenCaptureBehavior", { isScreenCaptureEnabled: true }),
      disableScreenCapture: () => ask("WebAppSetupScreenCaptureBehavior", { isScreenCaptureEnabled: false }),
    },
    DeviceStorage: storage("Device"),
    SecureStorage: storage("Secure"),
    BiometricManager: biometricManager,
    openLink: (url) => ask("WebAppOpenLink", { url }),
    openMaxLink: (url) => ask("WebAppOpenMaxLink", { url }),
    shareContent: ({ text, link } = {}) => ask("WebAppShare", { text, link }),
    shareMaxContent: ({ text, link, mid, chatType } = {}) => ask("WebAppMaxShare", { text, link, mid, chatType }),
    downloadFile: (url, fileName) =>
      ask("WebAppDownloadFile", { url: new URL(url, location.href).href, file_name: fileName }),
    requestContact: () => ask("WebAppRequestPhone"),
    openCodeReader: (fileSelect = true) => ask("WebAppOpenCodeReader", { fileSelect }),
    enableClosingConfirmation: () => tell("WebAppSetupClosingBehavior", { needConfirmation: true }),
    disableClosingConfirmation: () => tell("WebAppSetupClosingBehavior", { needConfirmation: false }),
    enableVerticalSwipes: () => tell("WebAppSetupSwipesBehavior", { allowVerticalSwipes: true }),
    disableVerticalSwipes: () => tell("WebAppSetupSwipesBehavior", { allowVerticalSwipes: false }),
    requestScreenMaxBrightness: () => ask("WebAppScreenBrightness", { maximum: true }),
    restoreScreenBrightness: () => ask("WebAppScreenBrightness", { maximum: false }),
    getViewportSize: () => ask("WebAppGetViewportSize"),
    getLaunchContext: () => ask("WebAppGetLaunchContext"),
  };
})();
