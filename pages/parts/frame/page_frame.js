// What Streamlit leaves out for who does not see the page, or reads it in another language than English: the page's
// language, and for each control one name of its own. Whatever is drawn anew is gone over again.
let words = {}, watcher = null, isDue = false

// A browser that has lost a place which it is told to fill ends as an empty window ("Cannot set a node at a delta path").
// What was on the page is kept, so it is opened anew; not again and again where that does not help.
const LOST = /at a delta path/, REOPENED = 'fusewise_reopened', PAUSE_MS = 10_000
function reopen(event) {
  if (!LOST.test(event.message) || Date.now() - Number(sessionStorage.getItem(REOPENED)) < PAUSE_MS) return
  sessionStorage.setItem(REOPENED, String(Date.now()))
  location.reload()
}
window.fusewiseReopens ??= (window.addEventListener('error', reopen), true)

const text = element => (element?.textContent ?? '').replace(/\s+/g, ' ').trim()
const fill = (pattern, what) => pattern.replace('{what}', what)
// Only where something changes: what is set is seen by the watcher too.
const set = (element, name, value) => element.getAttribute(name) === value || element.setAttribute(name, value)

// What stands in it beside icons and the buttons of helps.
function said(element) {
  const copy = element?.cloneNode(true)
  copy?.querySelectorAll('[aria-hidden="true"], [role="img"], button').forEach(each => each.remove())
  return text(copy)
}

// An icon within words is an ornament: its name ("tune icon") is not read out. Alone, it is all there is.
function icons() {
  for (const icon of document.querySelectorAll('span[role="img"][aria-label$=" icon"]')) {
    const control = icon.closest('button, a, [role="tab"], [role="radio"], summary')
    if (control && !said(control) && !control.hasAttribute('aria-label')) continue
    icon.removeAttribute('role')
    icon.removeAttribute('aria-label')
    set(icon, 'aria-hidden', 'true')
  }
  for (const heading of document.querySelectorAll('h1, h2, h3, h4, h5, h6'))
    if (!said(heading)) set(heading, 'aria-hidden', 'true')
}

// A slider is named by itself and by its group, which have the same name.
function sliders() {
  for (const input of document.querySelectorAll('input[type="range"][aria-label][aria-labelledby]'))
    input.removeAttribute('aria-labelledby')
}

// What a help is about: the label beside it, else the line that it ends, else whatever is drawn with it.
function helpName(button) {
  const element = button.closest('[data-testid="stElementContainer"]')
  const what = said(button.closest('label[data-testid="stWidgetLabel"]')?.querySelector('p'))
    || said(button.closest('p, h1, h2, h3, h4, h5, h6'))
    || said(element)
    || element?.querySelector('[role="group"], [role="radiogroup"], input')?.getAttribute('aria-label')
  return what ? fill(words.help, what) : words.help_alone
}

// Helps and the arrows of boxes with choices say of what they are. Buttons of uploads are named by `box.js` alone.
function names() {
  for (const button of document.querySelectorAll('[data-testid="stTooltipIcon"] button[aria-label]'))
    if (!text(button)) set(button, 'aria-label', helpName(button))
  for (const input of document.querySelectorAll('input[role="combobox"][aria-label]')) {
    const arrow = input.parentElement.querySelector('button[aria-haspopup="listbox"]')
    if (arrow) set(arrow, 'aria-label', fill(words.open, input.getAttribute('aria-label')))
  }
  for (const zone of document.querySelectorAll('[data-testid="stFileUploaderDropzone"][aria-label]'))
    set(zone, 'role', 'group')
}

// The link that leads past the menu, which Streamlit has in English alone.
function skip() {
  const word = document.querySelector('[data-testid="stSkipToContent"]')?.firstChild
  if (word && word.nodeValue !== words.skip) word.nodeValue = words.skip
}

// The menu's list has its sections between itself and its lines.
function menu() {
  for (const list of document.querySelectorAll('[data-testid="stSidebarNavItems"]')) {
    const sections = [...list.children].filter(each => each.matches('div') && each.querySelector(':scope > li'))
    if (!sections.length) continue
    set(list, 'role', 'presentation')
    for (const section of sections) {
      set(section, 'role', 'list')
      const header = section.querySelector('header')
      if (header) set(section, 'aria-label', said(header))
      if (header) set(header, 'role', 'presentation')
    }
  }
}

function goOver() {
  isDue = false
  set(document.documentElement, 'lang', words.lang)
  for (const each of [icons, sliders, names, skip, menu]) each()
}

function later() {
  if (isDue) return
  isDue = true
  requestAnimationFrame(goOver)
}

export default function ({ data }) {
  words = data
  goOver()
  if (watcher) return
  watcher = new MutationObserver(later)
  watcher.observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: ['aria-label', 'aria-labelledby', 'role'],
  })
}
