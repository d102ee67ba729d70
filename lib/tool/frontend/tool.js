// Shows the HTML that the kernel makes for each panel, and tells the kernel what a person does there.
// Everything else, from the numbers to the words of an error, is made in Python.

const SLOW_MS = 250;
const SILENT_MS = 20_000;
const FLOAT_MS = 8_000;
const POLL_MS = 30_000;
const AGAIN_MS = 100;

function render({ model, el }) {
  const page = build(model, el);
  const ask = asker(model, page);
  listen(page, ask);
  const heard = {
    "change:said": () => {
      say(page, model.get("said").text, model.get("said").is_error);
      ask.heard();
    },
    "msg:custom": (message, buffers) => {
      if (message.file) save(message.file, message.type, buffers[0]);
      if (message.answered) ask.answered(message.answered);
    },
  };
  for (const name of model.get("panels")) {
    heard[`change:${name}`] = () => {
      show(page, name, model.get(name));
      begin();
    };
  }
  // Before the first panel is there the kernel is busy reading, and answers nobody.
  let poll;
  const look = () => document.hidden || !poll || ask.byItself("look_for_newer_run");
  const begin = () => {
    if (poll || !model.get("panels").some((name) => model.get(name))) return;
    poll = setInterval(look, POLL_MS);
    look();
  };
  for (const [event, react] of Object.entries(heard)) {
    if (event.startsWith("change:")) react();
    model.on(event, react);
  }
  document.addEventListener("visibilitychange", look);
  // JupyterLab does not see that a field within a shadow root has the focus, and would take its keys as shortcuts.
  const keepKeys = (event) => event.composedPath().includes(el) && event.stopPropagation();
  window.addEventListener("keydown", keepKeys, true);
  return () => {
    clearInterval(poll);
    document.removeEventListener("visibilitychange", look);
    window.removeEventListener("keydown", keepKeys, true);
    for (const [event, react] of Object.entries(heard)) model.off(event, react);
  };
}

// The page is a shadow root: neither JupyterLab's style sheet nor ours reaches into the other.
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
  const said = tool.appendChild(document.createElement("p"));
  said.className = "said";
  said.setAttribute("role", "status");
  // JupyterLab lets nothing inside a cell stay in sight while it scrolls, but what floats over the page.
  if (!document.body.dataset.voila) said.popover = "manual";
  return { root, tool, regions, said };
}

function say({ said }, text, isError) {
  if (said.popover && said.isConnected) float(said, isError);
  said.textContent = text;
  said.classList.toggle("error", isError);
}

function float(said, isToStay) {
  said.togglePopover(true);
  clearTimeout(said.dataset.timer);
  if (!isToStay) said.dataset.timer = setTimeout(() => said.togglePopover(false), FLOAT_MS);
}

function show({ regions }, name, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  regions[name].hidden = !html;
  changeChildren(regions[name], fresh.content);
}

// Return the function that asks the kernel to do something, and shows when that takes long or is not answered.
function asker(model, page) {
  let asked = 0, isWished = false, slow, silent, again;
  const ask = (action, values, buffers) => {
    isWished = true;
    send(action, values, buffers);
  };
  const send = (action, values, buffers) => {
    page.tool.dataset.asked = asked += 1;
    clearTimeout(slow);
    slow = setTimeout(() => page.tool.setAttribute("aria-busy", "true"), SLOW_MS);
    listenFor();
    try {
      model.send({ action, values, number: asked }, undefined, buffers);
    } catch {
      giveUp(); // A kernel that has died cannot even be sent to.
    }
  };
  const giveUp = () => {
    clearTimeout(slow);
    clearTimeout(silent);
    page.tool.removeAttribute("aria-busy");
    say(page, model.get("gone"), true);
  };
  const listenFor = () => {
    clearTimeout(silent);
    silent = setTimeout(giveUp, SILENT_MS);
  };
  // A kernel that says how far it has come is not gone.
  ask.heard = () => ask.isWaiting() && listenFor();
  ask.isWaiting = () => page.tool.dataset.answered !== page.tool.dataset.asked;
  ask.answered = (number) => {
    if (number !== asked) return;
    awaited.clear();
    clearTimeout(slow);
    clearTimeout(silent);
    page.tool.removeAttribute("aria-busy");
    page.tool.dataset.answered = number;
    for (const field of page.root.querySelectorAll(AT_ONCE))
      if (!isTyping(field) && (isWished || field.nodeName !== "SELECT")) settle(field);
    isWished = false;
    clearTimeout(again);
    again = setTimeout(askAgain, AGAIN_MS);
  };
  // What the page asks without being told to leaves lists alone: somebody may have opened one to choose from.
  ask.byItself = (action) => send(action, {});
  const askAgain = () => {
    const waiting = [...page.root.querySelectorAll("[data-ask-again]")].map(({ dataset }) => dataset.askAgain);
    for (const action of new Set(waiting)) ask.byItself(action);
  };
  return ask;
}

// Fields that act as soon as they are changed or left. One that was refused goes back to what holds.
const AT_ONCE = "input[data-action]:not([type=file]), select[data-action]";

function settle(field) {
  if (field.type === "checkbox") field.checked = field.defaultChecked;
  else if (field.nodeName === "SELECT") {
    const holds = [...field.options].findIndex((option) => option.defaultSelected);
    field.selectedIndex = Math.max(holds, 0);
  } else field.value = field.defaultValue;
}

// Fields in which something stands that was not asked for yet: no answer to another question changes them.
const pending = new WeakSet();

// Fields whose content was asked for and not answered yet: what is answered to an earlier question is not theirs.
const awaited = new Set();

// Whether a person is in a field that is done only when it is left.
function isTyping(field) {
  return pending.has(field) || (isText(field) && field === field.getRootNode().activeElement);
}

function isText({ nodeName, type }) {
  return nodeName === "INPUT" && type !== "checkbox";
}

function listen({ tool, ...page }, ask) {
  const askOf = (field) => {
    pending.delete(field);
    awaited.add(field);
    const value = field.type === "checkbox" ? field.checked : field.value;
    ask(field.dataset.action, { ...valuesOf(field), value });
  };
  tool.addEventListener("input", ({ target }) => pending.add(target));
  tool.addEventListener("change", ({ target }) => {
    if (target.type === "file") upload(target, { tool, ...page }, ask);
    // A day changes with every key; it is meant once the field is left, or Enter pressed.
    else if (target.type === "date" && pending.has(target)) return;
    else if (target.dataset.action) askOf(target);
  });
  tool.addEventListener("keyup", ({ key, target }) => {  // no keydown gets here, see keepKeys
    if (key === "Enter" && target.type === "date" && pending.has(target)) askOf(target);
  });
  tool.addEventListener("click", ({ target }) => {
    const button = target.closest("button[type=button][data-action]:not([aria-disabled=true])");
    if (button) ask(button.dataset.action, valuesOf(button));
  });
  tool.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!event.target.dataset.action) return;
    for (const field of event.target.elements) pending.delete(field);
    ask(event.target.dataset.action, valuesOf(event.target));
  });
  tool.addEventListener("focusout", ({ target }) => {
    if (!target.matches(AT_ONCE)) return;
    if (target.type === "date" && pending.has(target)) askOf(target);
    else if (!ask.isWaiting()) settle(target);
  });
}

// What stands in the form around an element, and what the element itself says.
function valuesOf(element) {
  const values = {};
  const form = element.closest("form");
  for (const [name, value] of form ? new FormData(form) : []) (values[name] ??= []).push(value);
  return { ...values, ...element.dataset };
}

async function upload(input, page, ask) {
  const [file] = input.files;
  if (!file) return;
  if (file.size > Number(input.dataset.limit)) say(page, `${file.name}: ${input.dataset.tooLarge}`, true);
  else ask(input.dataset.action, { name: file.name }, [await file.arrayBuffer()]);
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

// Change a part of the page into what it should be now. What is being typed, where a person has scrolled to and
// what has been unfolded stay, since no element is replaced that can be changed.
function change(old, fresh) {
  if (isAsItShouldBe(old, fresh)) return;
  if (old.nodeName !== fresh.nodeName) old.replaceWith(fresh);
  else if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
  } else {
    const stood = old.value;
    changeAttributes(old, fresh);
    changeChildren(old, fresh);
    changeValue(old, fresh, stood);
  }
}

// The browser compares thousands of cells faster than we do. Of a field it does not compare what was typed.
function isAsItShouldBe(old, fresh) {
  return old.isEqualNode(fresh) && !fresh.matches?.(FIELDS) && !fresh.querySelector?.(FIELDS);
}

function changeChildren(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((child, i) => (i < before.length ? change(before[i], child) : old.append(child)));
  before.slice(after.length).forEach((child) => child.remove());
}

function changeAttributes(old, fresh) {
  for (const name of old.getAttributeNames())
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

function changeValue(old, fresh, stood) {
  if (!old.matches(FIELDS) || old.type === "file") return;
  if (awaited.has(old)) {
    if (old.type !== "checkbox") old.value = stood;
    return;
  }
  if (old.type === "checkbox") old.checked = fresh.checked;
  else if (old.nodeName === "SELECT") {
    if (pending.has(old)) old.value = stood;
    if (pending.has(old) && old.selectedIndex >= 0) return;
    pending.delete(old); // What was chosen is not to be had any more.
    old.value = fresh.value;
  } else if (!pending.has(old)) old.value = fresh.value;
}

export default { render };
