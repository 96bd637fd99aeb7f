// Presses a button of the page for Ctrl+Z, Ctrl+Y and Ctrl+Shift+Z, but where text is written: there they are the
// browser's own. `data`: the keys of the two buttons, `undo` and `redo`.
const NO_TEXT = ["range", "checkbox", "radio", "button", "submit", "reset", "file", "color"]
const isText = at =>
  at?.isContentEditable || at?.tagName === "TEXTAREA" || (at?.tagName === "INPUT" && !NO_TEXT.includes(at.type))

export default function ({ data }) {
  const press = event => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || isText(event.composedPath()[0])) return
    const key = event.key.toLowerCase()
    const wanted = key === "y" || (key === "z" && event.shiftKey) ? data.redo : key === "z" ? data.undo : null
    const button = wanted && document.querySelector(`.st-key-${wanted} button`)
    if (!button || button.disabled) return
    event.preventDefault()
    button.click()
  }
  document.addEventListener("keydown", press)
  return () => document.removeEventListener("keydown", press)
}
