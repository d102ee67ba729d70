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

// ---- charts ----

/** Return a number as people read it, a text as it is, and a dash for what is missing. */
function written(value) {
  if (value === null) return '–'
  return typeof value === 'number' ? value.toLocaleString('en-US', { maximumSignificantDigits: 5 }) : value
}

/** Return the place of the position that a pixel belongs to: of steps the last before it, else the nearest. */
function findPlace(positions, pixel, isStep) {
  if (isStep) return Math.max(0, positions.filter(each => each <= pixel).length - 1)
  const distances = positions.map(each => Math.abs(each - pixel))
  return distances.indexOf(Math.min(...distances))
}

/** Return a line or box of SVG that marks a place, in the coordinates of its drawing. */
function drawMark(path) {
  const mark = document.createElementNS(SVG, 'path')
  mark.setAttribute('class', 'cross')
  mark.setAttribute('d', path)
  return mark
}

/** Return what axes show at a place: a title, [name, text] pairs, and the mark to draw. */
function readPlace(said, place) {
  const [left, top, right, bottom] = said.box
  if (said.cells) {
    const row = Math.floor(place / said.columns.length), column = place % said.columns.length
    const width = (right - left) / said.columns.length, height = (bottom - top) / said.rows.length
    const corner = `M${left + column * width} ${top + row * height}`
    const title = [said.title, said.rows[row], said.columns[column]].filter(Boolean).join(' · ')
    return { title, pairs: [['', said.cells[row][column]]], mark: `${corner}h${width}v${height}h${-width}z` }
  }
  const at = said.at[place]
  const title = [said.title, [said.across, said.names[place]].filter(Boolean).join(' ')].filter(Boolean).join(' · ')
  const mark = said.along === 'x' ? `M${at} ${top}V${bottom}` : `M${left} ${at}H${right}`
  return { title, pairs: said.series.map(([, name, values]) => [name, values[place]]), mark }
}

/** Return the place of axes below a point, in the coordinates of their drawing. */
function placeAt(said, point) {
  const [left, top, right, bottom] = said.box
  if (!said.cells) return findPlace(said.at, said.along === 'x' ? point.x : point.y, said.step)
  const inside = (share, n) => Math.min(n - 1, Math.max(0, Math.floor(share * n)))
  const row = inside((point.y - top) / (bottom - top), said.rows.length)
  return row * said.columns.length + inside((point.x - left) / (right - left), said.columns.length)
}

/** Return every drawing of a figure with the axes that say something: [{svg, said}]. */
function findAxes(figure) {
  return [...figure.querySelectorAll('.drawing svg')].flatMap(svg => {
    const metadata = svg.querySelector('metadata')
    return metadata ? JSON.parse(metadata.textContent).map(said => ({ svg, said })) : []
  })
}

/** Show the values of a chart where the pointer is, and step through them with the arrow keys. */
function addReadout(figure) {
  const axes = findAxes(figure)
  if (!axes.length) return
  const drawing = figure.querySelector('.drawing')
  const readout = make('p', { class: 'readout', 'aria-live': 'polite' })
  drawing.before(readout)
  let current = { number: 0, place: -1 }
  let mark = null

  function show(number, place) {
    current = { number, place }
    const { title, pairs, mark: path } = readPlace(axes[number].said, place)
    const texts = pairs.map(([name, value]) => make('span', {}, `${name} ${written(value)}`.trim()))
    readout.replaceChildren(make('strong', {}, title), ...texts)
    mark?.remove()
    axes[number].svg.append(mark = drawMark(path))
  }

  function clear() {
    readout.replaceChildren()
    mark?.remove()
  }

  drawing.addEventListener('pointermove', event => {
    const svg = event.target.closest('svg')
    if (!svg) return
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse())
    const isIn = ([left, top, right, bottom]) => point.x >= left && point.x <= right && point.y >= top && point.y <= bottom
    const number = axes.findIndex(each => each.svg === svg && isIn(each.said.box))
    if (number >= 0) show(number, placeAt(axes[number].said, point))
  })
  drawing.addEventListener('pointerleave', clear)
  drawing.addEventListener('blur', clear)
  drawing.addEventListener('focus', () => {
    if (drawing.matches(':focus-visible')) show(firstVisible(0, 1), 0)
  })

  /** Return the number of the next axes that are on the page, from one on in a direction. */
  function firstVisible(number, direction) {
    const n = axes.length
    const order = axes.map((_, i) => (number + direction * i + n * n) % n)
    return order.find(each => !axes[each].svg.hasAttribute('hidden')) ?? number
  }

  drawing.addEventListener('keydown', event => {
    const { said } = axes[current.number]
    const n = said.cells ? said.cells.length * said.columns.length : said.at.length
    const forward = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    const down = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key === 'Escape') return clear()
    if (!forward && !down) return
    event.preventDefault()
    if (said.cells && down && current.place + down * said.columns.length >= 0 && current.place + down * said.columns.length < n) {
      show(current.number, current.place + down * said.columns.length)
    } else if (down) {
      const next = firstVisible(current.number + down, down)
      show(next, axes[next].said.cells ? 0 : Math.min(current.place, axes[next].said.at.length - 1))
    } else {
      show(current.number, Math.min(n - 1, Math.max(0, current.place + forward)))
    }
  })
}

/** Make each entry of a legend a button that shows and hides its series. */
function addSwitches(figure) {
  const entries = [...figure.querySelectorAll('.legend li')]
  if (entries.length < 2) return
  for (const entry of entries) {
    const button = make('button', { type: 'button', 'aria-pressed': 'true' }, ...entry.childNodes)
    entry.append(button)
    button.addEventListener('click', () => {
      const isShown = button.getAttribute('aria-pressed') !== 'true'
      button.setAttribute('aria-pressed', isShown)
      const drawn = figure.querySelectorAll(`.drawing svg .series-${entry.dataset.series}`)
      for (const part of drawn) part.style.display = isShown ? '' : 'none'
    })
  }
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
  for (const figure of main.querySelectorAll('figure.chart')) {
    addReadout(figure)
    addSwitches(figure)
  }
  addPicker(main, names, () => {
    tables.forEach(table => showRows(table, names))
    main.querySelectorAll('figure').forEach(figure => showPanels(figure, names.chosen))
  })
}

explore()
