// Drafts: the browser keeps the edits of each page, and gives them back to the kernel of a page that opens.
// A page that is reloaded takes its own, another tab the newest. Python writes and reads the texts.

const MAX_DRAFTS = 20; // older ones make room

function keepDrafts(model, kernel) {
  const prefix = `epd-scaling-tool ${model.get("source")} `;
  const own = `${prefix}${crypto.randomUUID?.() ?? Math.random()}`; // without https there is no randomUUID
  const arrival = isOwnPage() ? location.hash.slice(1) : "";
  let isRestored = Boolean(model.get("draft")), before;
  const restore = () => {
    if (isRestored) return;
    isRestored = true;
    before = findDraft(prefix);
    if (!before && !arrival) return showLink();
    kernel.sendAutomatically("restore", {
      link: arrival, draft: before?.text ?? "", saved: before ? describeTime(before.at) : "",
    });
  };
  const write = () => {
    const text = model.get("draft");
    if (before && before.key !== own) localStorage.removeItem(before.key);
    if (!text) return localStorage.removeItem(own);
    const at = text === before?.text ? before.at : Date.now();
    before = { key: own, text, at };
    localStorage.setItem(own, JSON.stringify({ at, text }));
    sessionStorage.setItem(prefix, own);
    readDrafts(prefix).slice(MAX_DRAFTS).forEach(({ key }) => localStorage.removeItem(key));
  };
  const tryToWrite = () => {
    try {
      write();
    } catch {
      kernel.warn(model.get("no_drafts"));
    }
  };
  const rewrite = () => model.get("draft") && tryToWrite(); // another tab may have taken the draft over
  const ask = (event) => model.get("is_unsaved") && !kernel.isGone() && event.preventDefault();
  const showLink = () => isOwnPage() && model.get("link") && history.replaceState(null, "", `#${model.get("link")}`);
  const followLink = () => kernel.sendAutomatically("restore", { link: location.hash.slice(1), draft: "", saved: "" });
  model.on("change:draft", tryToWrite);
  model.on("change:link", showLink);
  const onWindow = { pagehide: rewrite, beforeunload: ask, hashchange: followLink };
  for (const [event, handle] of Object.entries(onWindow)) window.addEventListener(event, handle);
  const stop = () => {
    model.off("change:draft", tryToWrite);
    model.off("change:link", showLink);
    for (const [event, handle] of Object.entries(onWindow)) window.removeEventListener(event, handle);
  };
  return { restore, stop };
}

// In JupyterLab the address belongs to JupyterLab.
function isOwnPage() {
  return Boolean(document.body.dataset.voila);
}

// Return the draft of this tab, else the newest; undefined where there is none, or the browser keeps nothing.
function findDraft(prefix) {
  try {
    const drafts = readDrafts(prefix), own = sessionStorage.getItem(prefix);
    return drafts.find(({ key }) => key === own) ?? drafts[0];
  } catch {
    return undefined;
  }
}

// Return the drafts, the newest first.
function readDrafts(prefix) {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  return keys.map((key) => ({ ...JSON.parse(localStorage.getItem(key)), key })).sort((a, b) => b.at - a.at);
}

function describeTime(at) {
  const then = new Date(at), time = `${then.getHours()}:${String(then.getMinutes()).padStart(2, "0")}`;
  const isToday = then.toDateString() === new Date().toDateString();
  return isToday ? time : `${then.toLocaleDateString("en-GB", { day: "numeric", month: "long" })}, ${time}`;
}

