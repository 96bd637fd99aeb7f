// Presses a button of the page for whoever has asked for it before: `data.button` is its key, `data.turn` unlike any
// other time's. It may not be drawn yet, or may have to ask something first.
const PATIENCE_MS = 5000, LOOK_MS = 50
const begun = new Set()

export default function ({ data }) {
  if (begun.has(data.turn)) return
  begun.add(data.turn)
  const until = Date.now() + PATIENCE_MS
  const look = () => {
    const button = document.querySelector(`:is(.st-key-${data.button}, .st-key-ask_${data.button}) :is(button, a)`)
    if (button && !button.disabled) return button.click()
    if (Date.now() < until) setTimeout(look, LOOK_MS)
  }
  look()
}
