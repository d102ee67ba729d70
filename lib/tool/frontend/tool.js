// Shows the HTML that the kernel makes for each panel, and tells the kernel what a person does there.
// Everything else, from the numbers to the words of an error, is made in Python.

const SLOW_MS = 250;
const SILENT_MS = 20_000;
const POLL_MS = 30_000;

// Change a part of the page into what it should be now. What is being typed, where a person has scrolled to and
// what has been unfolded stay, since no element is replaced that can be changed.
function change(old, fresh, focused) {
  if (old.nodeName !== fresh.nodeName) old.replaceWith(fresh);
  else if (old.nodeType === Node.TEXT_NODE) { if (old.data !== fresh.data) old.data = fresh.data; }
  else {
    changeAttributes(old, fresh);
    changeChildren(old, fresh, focused);
    if (old !== focused) changeValue(old, fresh);
  }
}

function changeAttributes(old, fresh) {
  for (const name of old.getAttributeNames())
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

function changeValue(old, fresh) {
  if (old.type === "checkbox" || old.type === "radio") old.checked = fresh.checked;
  else if (["INPUT", "SELECT", "TEXTAREA"].includes(old.nodeName) && old.type !== "file") old.value = fresh.value;
}

function changeChildren(old, fresh, focused) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((child, i) => (i < before.length ? change(before[i], child, focused) : old.append(child)));
  before.slice(after.length).forEach((child) => child.remove());
}

// What stands in the form around an element, and what the element itself says.
function valuesOf(element) {
  const values = {};
  const form = element.closest("form");
  for (const [name, value] of form ? new FormData(form) : []) (values[name] ??= []).push(value);
  return { ...values, ...element.dataset };
}

function save(name, type, buffer) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([buffer], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function render({ model, el }) {
  const root = el.shadowRoot ?? el.attachShadow({ mode: "open" });
  root.innerHTML = `<style>${model.get("sheet")}</style><div class="tool"></div>`;
  const tool = root.querySelector(".tool");
  const regions = {};
  for (const name of model.get("panels")) {
    const region = document.createElement("section");
    region.dataset.panel = name;
    region.setAttribute("aria-labelledby", `heading-${name}`);
    tool.append(region);
    regions[name] = region;
  }
  const said = document.createElement("p");
  said.className = "said";
  said.setAttribute("role", "status");
  tool.prepend(said);
  const say = (text, isError) => { said.textContent = text; said.classList.toggle("error", isError); };

  let asked = 0, slow, silent;
  function ask(action, values, buffers) {
    asked += 1;
    model.send({ action, values, number: asked }, undefined, buffers);
    clearTimeout(slow);
    slow = setTimeout(() => tool.setAttribute("aria-busy", "true"), SLOW_MS);
    clearTimeout(silent);
    silent = setTimeout(() => say(model.get("gone"), true), SILENT_MS);
  }
  function answered(number) {
    if (number !== asked) return;
    clearTimeout(slow);
    clearTimeout(silent);
    tool.removeAttribute("aria-busy");
    tool.dataset.answered = number;
  }

  function show(name) {
    const fresh = document.createElement("template");
    fresh.innerHTML = model.get(name);
    regions[name].hidden = !model.get(name);
    changeChildren(regions[name], fresh.content, root.activeElement);
  }
  for (const name of model.get("panels")) {
    show(name);
    model.on(`change:${name}`, () => show(name));
  }
  const hear = () => say(model.get("said").text, model.get("said").is_error);
  hear();
  model.on("change:said", hear);

  async function upload(input) {
    const [file] = input.files;
    if (!file) return;
    if (file.size > Number(input.dataset.limit)) say(`${file.name}: ${input.dataset.tooLarge}`, true);
    else ask(input.dataset.action, { name: file.name }, [await file.arrayBuffer()]);
    input.value = "";
  }
  tool.addEventListener("change", ({ target }) => {
    if (target.type === "file") upload(target);
    else if (target.dataset.action) ask(target.dataset.action, { ...valuesOf(target), value: target.type === "checkbox" ? target.checked : target.value });
  });
  tool.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-action]");
    if (button && button.type === "button") ask(button.dataset.action, valuesOf(button));
  });
  tool.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.target.dataset.action) ask(event.target.dataset.action, { ...valuesOf(event.target), ...event.submitter?.dataset });
  });
  model.on("msg:custom", (message, buffers) => {
    if (message.file) save(message.file, message.type, buffers[0]);
    if (message.answered) answered(message.answered);
  });
  const poll = setInterval(() => document.hidden || ask("look_for_newer_run", {}), POLL_MS);
  ask("look_for_newer_run", {});
  return () => clearInterval(poll);
}

export default { render };
