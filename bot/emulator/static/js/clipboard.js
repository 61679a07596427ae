/** One clipboard for the machine, shown to the other phones so that a link can be carried over without a keyboard. */

/** Events: `copied` (detail is `{text, by}`; `by` is the user id of whose phone copied). */
export class Clipboard extends EventTarget {
  /** Put the text on the clipboard; resolves to whether the browser let us (the phones can paste it anyway). */
  async copy(text, by) {
    this.dispatchEvent(new CustomEvent("copied", { detail: { text, by } }));
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyBySelection(text);
    }
  }
}

// Where the page is not a secure context (another machine in the network), only the old way is left.
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
  }
}
