// Shows the HTML that the kernel renders for each panel, and sends the kernel the actions of a person there.
// Everything else, from the numbers to the words of an error, is made in Python.

const SLOW_MS = 250; // an action that takes longer shows that the page is busy
const SILENT_MS = 20_000; // a kernel that is silent for longer is gone
const FLOAT_MS = 8_000; // how long a floating message stays
const POLL_MS = 30_000; // between two looks for a newer run
const JOB_MS = 100; // between two looks at the progress of a background job

function render({ model, el }) {
  const page = build(model, el);
  const kernel = connect(model, page);
  const drafts = keepDrafts(model, kernel);
  const grid = makeGrid(page.tool, kernel);
  listen(page, kernel);
  const handlers = {
    "change:message": () => {
      showMessage(page, model.get("message").text, model.get("message").is_error);
      kernel.noteProgress();
    },
    "msg:custom": (message, buffers) => {
      if (message.file) save(message.file, message.type, buffers[0]);
      if (message.finished) kernel.finish(message.finished);
    },
  };
  for (const name of model.get("panels")) {
    handlers[`change:${name}`] = () => {
      show(page, name, model.get(name));
      grid.mark();
      begin();
      if (model.get("choice")) drafts.restore();
    };
  }
  // Until the first panel is there the kernel reads the curves and answers nothing.
  let poll;
  const look = () => document.hidden || !poll || kernel.sendAutomatically("look_for_newer_run");
  const begin = () => {
    if (poll || !model.get("panels").some((name) => model.get(name))) return;
    poll = setInterval(look, POLL_MS);
    look();
  };
  for (const [event, handle] of Object.entries(handlers)) {
    if (event.startsWith("change:")) handle();
    model.on(event, handle);
  }
  document.addEventListener("visibilitychange", look);
  // JupyterLab does not notice the focus of a field in a shadow root, and would treat its keys as shortcuts.
  const keepKeys = (event) => {
    if (!event.composedPath().includes(el)) return;
    event.stopPropagation();
    grid.onKey(event);
  };
  window.addEventListener("keydown", keepKeys, true);
  return () => {
    clearInterval(poll);
    drafts.stop();
    document.removeEventListener("visibilitychange", look);
    window.removeEventListener("keydown", keepKeys, true);
    for (const [event, handle] of Object.entries(handlers)) model.off(event, handle);
  };
}

// The page is a shadow root, so that JupyterLab's style sheet and ours do not mix.
function build(model, el) {
  const root = el.shadowRoot ?? el.attachShadow({ mode: "open" });
  root.innerHTML = `<style>${model.get("sheet")}</style><div class="tool"></div>`;
  const tool = root.querySelector(".tool");
  const regions = {};
  for (const name of model.get("panels")) {
    const region = tool.appendChild(document.createElement("section"));
    region.dataset.panel = name;
    region.setAttribute("aria-labelledby", `heading-${name}`);
    regions[name] = region;
  }
  const status = tool.appendChild(document.createElement("p"));
  status.className = "message";
  status.setAttribute("role", "status");
  // In JupyterLab only a popover stays in sight while a cell scrolls.
  if (!document.body.dataset.voila) status.popover = "manual";
  return { root, tool, regions, status };
}

function showMessage({ status }, text, isError) {
  if (status.popover && status.isConnected) float(status, isError);
  status.textContent = text;
  status.classList.toggle("error", isError);
}

function float(status, isToStay) {
  status.togglePopover(true);
  clearTimeout(status.dataset.timer);
  if (!isToStay) status.dataset.timer = setTimeout(() => status.togglePopover(false), FLOAT_MS);
}

function show({ regions }, name, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  regions[name].hidden = !html;
  changeChildren(regions[name], fresh.content);
}

// Return the connection to the kernel: it sends actions, and shows when one takes long or the kernel is gone.
function connect(model, page) {
  let sent = 0, isByPerson = false, hasGivenUp = false, slow, silent, nextPoll;
  const send = (action, values, buffers) => {
    isByPerson = true;
    post(action, values, buffers);
  };
  // An automatic action leaves lists alone: a person may have opened one to choose from.
  const sendAutomatically = (action, values = {}) => post(action, values);
  const post = (action, values, buffers) => {
    page.tool.dataset.sent = sent += 1;
    clearTimeout(slow);
    slow = setTimeout(() => page.tool.setAttribute("aria-busy", "true"), SLOW_MS);
    restartSilence();
    try {
      model.send({ action, values, number: sent }, undefined, buffers);
    } catch {
      giveUp(); // A message to a dead kernel fails at once.
    }
  };
  const giveUp = () => {
    hasGivenUp = true;
    stopWaiting();
    showMessage(page, model.get("gone"), true);
  };
  const stopWaiting = () => {
    clearTimeout(slow);
    clearTimeout(silent);
    page.tool.removeAttribute("aria-busy");
  };
  const restartSilence = () => {
    clearTimeout(silent);
    silent = setTimeout(giveUp, SILENT_MS);
  };
  // A kernel that reports its progress is not gone.
  const noteProgress = () => isWaiting() && restartSilence();
  const isWaiting = () => page.tool.dataset.finished !== page.tool.dataset.sent;
  const isGone = () => hasGivenUp;
  const warn = (text) => showMessage(page, text, true);
  const finish = (number) => {
    hasGivenUp = false;
    if (number !== sent) return;
    awaited.clear();
    stopWaiting();
    page.tool.dataset.finished = number;
    for (const field of page.root.querySelectorAll(AT_ONCE))
      if (!isTyping(field) && (isByPerson || field.nodeName !== "SELECT")) resetField(field);
    isByPerson = false;
    clearTimeout(nextPoll);
    nextPoll = setTimeout(pollJobs, JOB_MS);
  };
  const pollJobs = () => {
    const jobs = [...page.root.querySelectorAll("[data-poll]")].map(({ dataset }) => dataset.poll);
    for (const action of new Set(jobs)) sendAutomatically(action);
  };
  return { send, sendAutomatically, noteProgress, isWaiting, isGone, warn, finish };
}

// Fields that act as soon as they are changed or left. After a refusal a field returns to its last value.
const AT_ONCE = "input[data-action]:not([type=file]), select[data-action]";

// Put back the value that the kernel rendered.
function resetField(field) {
  if (field.type === "checkbox") field.checked = field.defaultChecked;
  else if (field.nodeName === "SELECT") {
    const rendered = [...field.options].findIndex((option) => option.defaultSelected);
    field.selectedIndex = Math.max(rendered, 0);
  } else field.value = field.defaultValue;
}

// Fields with a change that was not sent yet: no answer to another action changes them.
const pending = new WeakSet();

// Fields whose change was sent and not answered yet: the answer to an earlier action does not change them.
const awaited = new Set();

// Return whether a person is typing in a field.
function isTyping(field) {
  return pending.has(field) || (isText(field) && field === field.getRootNode().activeElement);
}

function isText({ nodeName, type }) {
  return nodeName === "INPUT" && type !== "checkbox";
}

function listen({ tool, ...page }, kernel) {
  const sendField = (field) => {
    pending.delete(field);
    awaited.add(field);
    kernel.send(field.dataset.action, inputsOfField(field));
  };
  tool.addEventListener("input", ({ target }) => pending.add(target));
  tool.addEventListener("change", ({ target }) => {
    if (target.type === "file") upload(target, { tool, ...page }, kernel);
    // A day changes with every key; it is complete once the field is left or Enter is pressed.
    else if (target.type === "date" && pending.has(target)) return;
    else if (target.dataset.action) sendField(target);
  });
  tool.addEventListener("keyup", ({ key, target }) => { // keydown does not arrive here, see keepKeys
    if (key === "Enter" && target.type === "date" && pending.has(target)) sendField(target);
  });
  tool.addEventListener("click", ({ target }) => {
    const button = target.closest("button[type=button][data-action]:not([aria-disabled=true])");
    if (button) kernel.send(button.dataset.action, attributesOf(button));
  });
  tool.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!event.target.dataset.action) return;
    for (const field of event.target.elements) pending.delete(field);
    kernel.send(event.target.dataset.action, fieldsOf(event.target));
  });
  tool.addEventListener("focusout", ({ target }) => {
    if (!target.matches(AT_ONCE)) return;
    if (target.type === "date" && pending.has(target)) sendField(target);
    else if (!kernel.isWaiting()) resetField(target);
  });
}

// The inputs of an action, which Python declares: a submitted form sends its fields, a button its data attributes.
// A changed field sends the fields of its form if it has a name, else its data attributes and its value.
function inputsOfField(field) {
  if (field.name) return fieldsOf(field.form);
  return { ...attributesOf(field), value: field.type === "checkbox" ? field.checked : field.value };
}

function fieldsOf(form) {
  return Object.fromEntries(new FormData(form));
}

function attributesOf({ dataset }) {
  const { action, ...inputs } = dataset;
  return inputs;
}

async function upload(input, page, kernel) {
  const [file] = input.files;
  if (!file) return;
  if (file.size > Number(input.dataset.limit)) showMessage(page, `${file.name}: ${input.dataset.tooLarge}`, true);
  else kernel.send(input.dataset.action, { name: file.name }, [await file.arrayBuffer()]);
  input.value = "";
}

function save(name, type, buffer) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([buffer], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const FIELDS = "input, select";

// Change a part of the page into the fresh one. Elements are changed and not replaced, so that what a person is
// typing, has scrolled to or has unfolded stays.
function change(old, fresh) {
  if (isUnchanged(old, fresh)) return;
  if (old.nodeName !== fresh.nodeName) old.replaceWith(fresh);
  else if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
  } else {
    const typed = old.value;
    changeAttributes(old, fresh);
    changeChildren(old, fresh);
    changeValue(old, fresh, typed);
  }
}

// The browser compares thousands of cells faster than we do, but it does not compare what was typed in fields.
function isUnchanged(old, fresh) {
  return old.isEqualNode(fresh) && !fresh.matches?.(FIELDS) && !fresh.querySelector?.(FIELDS);
}

function changeChildren(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((child, i) => (i < before.length ? change(before[i], child) : old.append(child)));
  before.slice(after.length).forEach((child) => child.remove());
}

// What the page itself puts on elements: what is unfolded, and the focus and the chosen cells of the grid.
const OURS = ["open", "tabindex", "aria-selected"];

function changeAttributes(old, fresh) {
  for (const name of old.getAttributeNames())
    if (!fresh.hasAttribute(name) && !OURS.includes(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

function changeValue(old, fresh, typed) {
  if (!old.matches(FIELDS) || old.type === "file") return;
  if (awaited.has(old)) {
    if (old.type !== "checkbox") old.value = typed;
    return;
  }
  if (old.type === "checkbox") old.checked = fresh.checked;
  else if (old.nodeName === "SELECT") {
    if (pending.has(old)) old.value = typed;
    if (pending.has(old) && old.selectedIndex >= 0) return;
    pending.delete(old); // The chosen option no longer exists.
    old.value = fresh.value;
  } else if (!pending.has(old)) old.value = fresh.value;
}

export default { render };
