// Lets a reader explore a report: sort and filter tables, choose a zone, read values off charts, switch series.
// A report holds this script within itself and is complete without it: nothing on the page is made here but the
// controls. Words and numbers come from the page and go back into it as text, never as HTML.
'use strict'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const LONG_TABLE = 10 // rows from which a table has a filter
const SVG = 'http://www.w3.org/2000/svg'

/** Return a new element with attributes and children; a child that is a string becomes text. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children)
  return element
}

// ---- tables ----

/** Return a text as something to compare: a number, a month's place in the year, or the text; null for none. */
function sortKey(text) {
  const plain = text.trim()
  if (plain === '' || plain === '–') return null
  const number = Number(plain.replace(/[,$%+]/g, ''))
  if (!Number.isNaN(number)) return number
  const month = MONTHS.indexOf(plain)
  return month < 0 ? plain.toLowerCase() : month
}

/** Compare two keys; a number stands before a text, and what is missing stands last in both directions. */
function compareKeys(one, other, direction) {
  if (one === null || other === null) return (one === null) - (other === null)
  if (typeof one !== typeof other) return typeof one === 'number' ? -1 : 1
  const order = typeof one === 'number' ? one - other : one.localeCompare(other, 'en', { numeric: true })
  return direction * order
}

/** Make each heading of a table a button: ascending, descending, and back to the order of the page. */
function makeSortable(table) {
  const headings = [...table.tHead.rows[0].cells]
  const rows = [...table.tBodies[0].rows]
  headings.forEach((heading, column) => {
    const button = make('button', { type: 'button', class: 'sort' }, ...heading.childNodes)
    heading.append(button)
    button.addEventListener('click', () => {
      const next = { ascending: 'descending', descending: '' }[heading.getAttribute('aria-sort')] ?? 'ascending'
      headings.forEach(each => each.removeAttribute('aria-sort'))
      if (next) heading.setAttribute('aria-sort', next)
      const direction = { ascending: 1, descending: -1 }[next]
      const keyed = rows.map(row => [sortKey(row.cells[column].textContent), row])
      if (direction) keyed.sort(([one], [other]) => compareKeys(one, other, direction))
      table.tBodies[0].append(...keyed.map(([, row]) => row))
    })
  })
}

/** Show the rows of a table that hold every word of its filter and the chosen zone, and say how many they are. */
function showRows(table, names) {
  const words = (table.filter?.input.value ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const rows = [...table.tBodies[0].rows]
  for (const row of rows) {
    const text = row.textContent.toLowerCase()
    const zones = [...row.cells].map(cell => cell.textContent).filter(text => names.all.has(text))
    const isOfZone = !names.chosen || !zones.length || zones.includes(names.chosen)
    row.hidden = !isOfZone || !words.every(word => text.includes(word))
  }
  const n = rows.filter(row => !row.hidden).length
  if (table.filter) table.filter.count.textContent = n === rows.length ? '' : `${n} of ${rows.length} rows`
}

/** Put a text box above a long table. */
function addFilter(table, names) {
  if (table.tBodies[0].rows.length <= LONG_TABLE) return
  const input = make('input', { type: 'search', autocomplete: 'off' })
  const count = make('output', { 'aria-live': 'polite' })
  const label = make('label', {}, 'Filter rows ', input)
  input.setAttribute('aria-label', `Filter rows: ${table.caption?.textContent ?? 'table'}`)
  table.filter = { input, count }
  input.addEventListener('input', () => showRows(table, names))
  table.parentElement.before(make('p', { class: 'filter' }, label, ' ', count))
}

// ---- zones ----

/** Put a list of zones at the top of the page; a choice hides the rows and panels of all others. */
function addPicker(main, names, show) {
  const shown = [...names.all].filter(name => names.inTables.has(name))
  if (shown.length < 2) return
  const options = shown.map(name => make('option', { value: name }, name))
  const select = make('select', { id: 'picker' }, make('option', { value: '' }, `all ${shown.length}`), ...options)
  const label = make('label', { for: 'picker' }, main.dataset.namesOf)
  select.addEventListener('change', () => {
    names.chosen = select.value
    show()
  })
  main.prepend(make('p', { class: 'picker' }, label, ' ', select))
}

/** Hide the panels of other zones, in charts that have one of the chosen zone. */
function showPanels(figure, chosen) {
  const panels = [...figure.querySelectorAll('[data-panel]')]
  const hasIt = panels.some(panel => panel.dataset.panel === chosen)
  for (const panel of panels) panel.toggleAttribute('hidden', hasIt && panel.dataset.panel !== chosen)
}

function explore() {
  const main = document.querySelector('main[data-names]')
  if (!main) return
  const tables = [...main.querySelectorAll('.box:not(.grid) > table')].filter(table => table.tHead && table.tBodies.length)
  const texts = new Set(tables.flatMap(table => [...table.querySelectorAll('th[scope=row]')].map(cell => cell.textContent)))
  const names = { all: new Set(JSON.parse(main.dataset.names)), inTables: texts, chosen: '' }
  for (const table of tables) {
    makeSortable(table)
    addFilter(table, names)
  }
  addPicker(main, names, () => {
    tables.forEach(table => showRows(table, names))
    main.querySelectorAll('figure').forEach(figure => showPanels(figure, names.chosen))
  })
}

explore()
