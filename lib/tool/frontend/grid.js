// The grid of cells: one cell has the focus, arrows move it, and Shift extends a rectangle of chosen cells.
// What is typed goes to the fields above the table, which change the chosen cells; a copy and a paste are texts
// of a spreadsheet. The kernel renders the table anew, so the choice is kept here, as numbers of rows and columns.

function makeGrid(region, kernel) {
  let anchor = [0, 0], active = [0, 0], isDragging = false;
  const table = () => region.querySelector("table[role=grid]");
  const cellAt = ([row, column]) => table()?.tBodies[0].rows[row]?.querySelectorAll("td")[column];
  const size = () => {
    const rows = table()?.tBodies[0].rows ?? [];
    return [rows.length, rows[0]?.querySelectorAll("td").length ?? 0];
  };
  const bounds = () => [0, 1].flatMap((i) => [Math.min(anchor[i], active[i]), Math.max(anchor[i], active[i])]);
  const placeOf = (cell) => {
    const { rows } = table().tBodies[0];
    return [[...rows].indexOf(cell.parentNode), [...cell.parentNode.querySelectorAll("td")].indexOf(cell)];
  };
  // Mark what is chosen, and tell the form above the table.
  const mark = () => {
    if (!table()) return;
    const [n, m] = size();
    for (const place of [anchor, active]) {
      place[0] = Math.max(0, Math.min(place[0], n - 1));
      place[1] = Math.max(0, Math.min(place[1], m - 1));
    }
    for (const cell of region.querySelectorAll("td[aria-selected]")) cell.removeAttribute("aria-selected");
    for (const cell of region.querySelectorAll("td[tabindex]")) // without it, a cell would lose the focus
      if (cell !== cellAt(active)) cell.removeAttribute("tabindex");
    const [top, bottom, left, right] = bounds();
    for (const row of [...table().tBodies[0].rows].slice(top, bottom + 1))
      for (const cell of [...row.querySelectorAll("td")].slice(left, right + 1)) cell.setAttribute("aria-selected", "true");
    cellAt(active)?.setAttribute("tabindex", "0");
    const form = region.querySelector("form[data-action=edit_cells]");
    const first = Number(table().tBodies[0].dataset.first);
    const chosen = { top: first + top, bottom: first + bottom, left, right };
    for (const [name, number] of Object.entries(chosen)) form.elements[name].value = number;
    form.querySelector("strong").textContent = describe(table(), bounds());
  };
  const move = (place, isExtended, isToFocus = true) => {
    active = place;
    if (!isExtended) anchor = [...place];
    mark();
    if (!isToFocus) return;
    cellAt(active)?.focus({ preventScroll: true });
    cellAt(active)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const field = (name) => region.querySelector(`form[data-action=edit_cells] [name=${name}]`);
  const isCell = (target) => target.matches?.("table[role=grid] td");
  const onKey = (event) => {
    const { key, shiftKey } = event, isControl = event.ctrlKey || event.metaKey;
    const [target] = event.composedPath();
    if (key === "Escape" && target.form?.dataset.action === "edit_cells") cellAt(active)?.focus();
    if (!isCell(target)) return;
    const next = nextPlace(key, isControl, active, size());
    if (next) move(next, shiftKey);
    else if (isControl && key === "a") chooseAll();
    else if (key === "Escape") move(active, false);
    else if (key === "Enter" || key === "F2") field("value").focus();
    else if (key === "Delete" || key === "Backspace") kernel.send("edit_cells", { ...chosenCells(), percent: "100", value: "" });
    else if (key.length === 1 && !isControl && !event.altKey && key !== " ") type(key);
    else return;
    event.preventDefault();
  };
  const chooseAll = () => {
    anchor = [0, 0];
    active = size().map((n) => n - 1);
    mark();
  };
  const type = (key) => {
    field("value").value = key;
    field("value").focus();
  };
  const chosenCells = () => Object.fromEntries(["top", "bottom", "left", "right"].map((name) => [name, field(name).value]));
  region.addEventListener("pointerdown", (event) => {
    if (!isCell(event.target) || event.button) return;
    isDragging = true;
    move(placeOf(event.target), event.shiftKey);
    event.preventDefault();
  });
  region.addEventListener("pointerover", ({ target, buttons }) => {
    isDragging &&= buttons === 1;
    if (isDragging && isCell(target)) move(placeOf(target), true, false);
  });
  region.addEventListener("submit", ({ target }) => target.dataset.action === "edit_cells" && cellAt(active)?.focus());
  region.addEventListener("copy", (event) => {
    if (!isCell(event.target)) return;
    const [top, bottom, left, right] = bounds();
    const rows = [...table().tBodies[0].rows].slice(top, bottom + 1);
    const texts = rows.map((row) => [...row.querySelectorAll("td")].slice(left, right + 1).map((cell) => cell.textContent));
    event.clipboardData.setData("text/plain", texts.map((row) => row.join("\t")).join("\n"));
    event.preventDefault();
  });
  region.addEventListener("paste", (event) => {
    if (!isCell(event.target)) return;
    const { top, left } = { top: Math.min(anchor[0], active[0]), left: Math.min(anchor[1], active[1]) };
    const row = Number(table().tBodies[0].dataset.first) + top;
    kernel.send("paste", { row: `${row}`, column: `${left}`, text: event.clipboardData.getData("text/plain") });
    event.preventDefault();
  });
  return { mark, onKey };
}

// Return where a key leads from a cell; null for a key that moves nothing.
function nextPlace(key, isControl, [row, column], [n, m]) {
  const page = 24, last = [n - 1, m - 1];
  const steps = {
    ArrowUp: [isControl ? -n : -1, 0], ArrowDown: [isControl ? n : 1, 0],
    ArrowLeft: [0, isControl ? -m : -1], ArrowRight: [0, isControl ? m : 1],
    PageUp: [-page, 0], PageDown: [page, 0],
    Home: [isControl ? -n : 0, -m], End: [isControl ? n : 0, m],
  };
  const step = steps[key];
  return step ? [row, column].map((at, i) => Math.max(0, Math.min(at + step[i], last[i]))) : null;
}

function describe(table, [top, bottom, left, right]) {
  const nameOf = (row) => {
    const [month, he, block] = [...table.tBodies[0].rows[row].querySelectorAll("th")].map((head) => head.textContent);
    return `${month} HE ${he} ${block}`;
  };
  const zones = [...table.tHead.querySelectorAll("th.n")].map((head) => head.textContent);
  const rows = top === bottom ? nameOf(top) : `${nameOf(top)} to ${nameOf(bottom)}`;
  const columns = left === right ? zones[left] : `${zones[left]} to ${zones[right]}`;
  return `${rows}, ${columns} (${(bottom - top + 1) * (right - left + 1)})`;
}

