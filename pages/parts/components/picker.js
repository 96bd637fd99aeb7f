// A photo with a button on each face. `data`: url, shape (width / height), tallest (CSS), alt, group, faces [{index, box, label, chosen, usable}], where a box
// is [centre x, centre y, width, height] in percent. A press sends the index of the face as the trigger "picked".
export default function ({ data: [data], parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".picker")
  const photo = root.querySelector("img")
  if (photo.src !== data.url) photo.src = data.url
  photo.alt = data.alt
  parentElement.querySelector(".frame").style.setProperty("--tallest", data.tallest)
  root.style.setProperty("--shape", data.shape)
  root.setAttribute("aria-label", data.group)

  const focused = root.getRootNode().activeElement?.dataset?.index
  root.querySelectorAll(".face").forEach(face => face.remove())
  const usable = data.faces.filter(face => face.usable)
  const pick = index => setTriggerValue("picked", index)

  for (const face of data.faces) {
    const button = document.createElement("button")
    const [x, y, width, height] = face.box
    button.type = "button"
    button.className = "face"
    button.dataset.index = face.index
    button.title = face.label
    button.setAttribute("aria-label", face.label)
    button.setAttribute("role", "radio")
    button.setAttribute("aria-checked", String(face.chosen))
    if (!face.usable) button.setAttribute("aria-disabled", "true")
    button.tabIndex = face.chosen || (face.usable && !usable.some(other => other.chosen)) ? 0 : -1
    Object.assign(button.style, { left: `${x}%`, top: `${y}%`, width: `${width}%`, height: `${height}%` })
    button.style.zIndex = face.usable ? 10001 - Math.round(width * height) : 0 // a small face can be reached over a large one
    if (face.usable && usable.length > 1) {
      const tag = button.appendChild(document.createElement("span"))
      tag.className = "tag"
      tag.textContent = face.tag
      tag.setAttribute("aria-hidden", "true")
    }
    button.onclick = () => face.usable && !face.chosen && pick(face.index)
    button.onkeydown = event => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
      if (!step || !face.usable) return
      event.preventDefault()
      const next = usable[(usable.indexOf(face) + step + usable.length) % usable.length]
      root.querySelector(`[data-index="${next.index}"]`).focus()
      if (next !== face) pick(next.index)
    }
    root.appendChild(button)
  }
  if (focused !== undefined) root.querySelector(`[data-index="${focused}"]`)?.focus()
}
