// Before and after under one movable line, beside each other or in turns, with zoom and pan. `data`: words, id (of what
// is shown), width and height of the full picture, before and after (URLs), patch and label ({before, after}, each
// {box, url} or null: the face at full size, the label as it is drawn on the full picture), face (a box or null),
// preview, note (text over the picture), old, tallest (CSS). Boxes are fractions of the picture: left, top, width,
// height. State lives on the element, so it outlasts reruns; what is shown for the first time opens on its face.
const views = new WeakMap()
const MODES = ["slide", "beside", "flick"], VIEWS = ["face", "fit", "actual"]
const STEP = 1.25, NUDGE = 40, ON_LINE = 28 // a factor; px that an arrow key moves; px beside the line that still hold it

export default function ({ data: [data], parentElement }) {
  const root = parentElement.querySelector(".compare")
  let view = views.get(root)
  if (!view) views.set(root, (view = mount(root)))
  view.show(data)
  return () => view.close()
}

function mount(root) {
  const find = name => root.querySelector(name)
  const stage = find(".stage"), slider = find(".slider")
  // x, y: left and top of the picture in px of its pane. view: what it shows until somebody moves it, then null.
  const state = { at: 50, isPlaced: false, zoom: 1, x: 0, y: 0, data: null, view: "face", mode: "slide" }
  const pointers = new Map()

  const pane = () => ({ width: stage.clientWidth / (state.mode === "beside" ? 2 : 1), height: stage.clientHeight })
  function fitted() { // the whole picture in its pane, px
    const { width, height } = pane(), { data } = state
    const scale = Math.min(width / data.width, height / data.height)
    return { width: data.width * scale, height: data.height * scale, scale }
  }
  const actual = () => 1 / fitted().scale // the zoom at which a picture px is a CSS px
  const most = () => Math.max(4, 2 * actual(), faceZoom())
  const least = () => Math.min(1, actual())

  function faceZoom() {
    if (!state.data.face) return 1
    const [, , across, down] = state.data.face, fit = fitted(), { width, height } = pane()
    return Math.max(1, Math.min((0.8 * width) / (across * fit.width), (0.8 * height) / (down * fit.height)))
  }

  const held = (start, length, room) => (length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, start)))

  function draw() {
    if (!state.data || !stage.clientWidth) return
    const fit = fitted(), { width, height } = pane()
    state.x = held(state.x, fit.width * state.zoom, width)
    state.y = held(state.y, fit.height * state.zoom, height)
    stage.style.setProperty("--at", `${state.at}%`)
    for (const pan of root.querySelectorAll(".pan"))
      Object.assign(pan.style, {
        width: `${fit.width}px`, height: `${fit.height}px`,
        transform: `translate(${state.x}px, ${state.y}px) scale(${state.zoom})`,
      })
    stage.classList.toggle("zoomed", state.zoom > 1.001)
    stage.classList.toggle("moved", state.view === null && state.zoom > 1.001)
    stage.classList.toggle("sharp", state.zoom * fit.width > 700)
    root.dataset.mode = state.mode
    slider.value = state.at
    const isSlide = state.mode === "slide"
    find(".tag.before").style.opacity = !isSlide || state.at > 12 ? 1 : 0
    find(".tag.after").style.opacity = !isSlide || state.at < 88 ? 1 : 0
    find(".scale").textContent = `${Math.round((100 * state.zoom) / actual())} %`
    find(".out").disabled = state.zoom <= least() + 0.001
    find(".in").disabled = state.zoom >= most() - 0.001
    for (const name of VIEWS) find(`.${name}`).setAttribute("aria-pressed", String(state.view === name))
    for (const name of MODES) find(`.${name}`).setAttribute("aria-pressed", String(state.mode === name))
  }

  function zoomTo(zoom, cx = pane().width / 2, cy = pane().height / 2) {
    const next = Math.min(most(), Math.max(least(), zoom)), factor = next / state.zoom
    state.x = cx - (cx - state.x) * factor
    state.y = cy - (cy - state.y) * factor
    state.zoom = next
    state.view = null
    draw()
  }

  function look(view) { // and again when the room changes
    const { face } = state.data, fit = fitted(), { width, height } = pane()
    const [left, top, across, down] = face || [0.5, 0.5, 0, 0]
    state.view = view === "face" && !face ? "fit" : view
    state.zoom = { face: faceZoom(), fit: 1, actual: actual() }[state.view]
    state.x = width / 2 - (left + across / 2) * fit.width * state.zoom
    state.y = height / 2 - (top + down / 2) * fit.height * state.zoom
    if (!state.isPlaced) { // the line begins where there is something to see
      const x = held(state.x, fit.width * state.zoom, width)
      state.at = (100 * (x + (left + across / 2) * fit.width * state.zoom)) / width
    }
    draw()
  }

  const moveLine = at => { state.at = Math.min(100, Math.max(0, at)); state.isPlaced = true; draw() }
  const pan = (dx, dy) => { state.x += dx; state.y += dy; state.view = null; draw() }
  const isZoomed = () => state.zoom > 1.001

  function turn(isBefore) {
    if (state.mode !== "flick" || stage.classList.contains("turned") === isBefore) return
    stage.classList.toggle("turned", isBefore)
    find(".said").textContent = state.data.words[isBefore ? "before" : "after"]
  }

  function enter(mode) {
    const view = state.view
    turn(false)
    state.mode = mode
    look(view || "face")
  }

  // Where in its pane a pointer is, px.
  function place(event) {
    const box = stage.getBoundingClientRect(), { width } = pane()
    return { x: (event.clientX - box.left) % width, y: event.clientY - box.top, across: event.clientX - box.left }
  }

  slider.oninput = () => moveLine(Number(slider.value))
  let drag = null // "line", "pan" or "pinch"
  stage.onpointerdown = event => {
    if (event.button !== 0) return
    stage.setPointerCapture(event.pointerId)
    pointers.set(event.pointerId, event)
    const { across } = place(event)
    const onLine = state.mode === "slide" && Math.abs(across - (state.at * stage.clientWidth) / 100) < ON_LINE
    drag = pointers.size > 1 ? "pinch" : state.mode !== "slide" || (isZoomed() && !onLine) ? "pan" : "line"
    stage.classList.toggle("held", drag === "pan" && isZoomed())
    if (drag === "line") moveLine((100 * across) / stage.clientWidth)
    turn(true)
  }
  stage.onpointermove = event => {
    const last = pointers.get(event.pointerId)
    if (!last) return
    const before = [...pointers.values()]
    pointers.set(event.pointerId, event)
    if (drag === "pinch") pinch(before, [...pointers.values()])
    else if (drag === "line") moveLine((100 * place(event).across) / stage.clientWidth)
    else if (isZoomed()) {
      const dx = event.clientX - last.clientX, dy = event.clientY - last.clientY
      if (dx || dy) pan(dx, dy)
    }
  }
  stage.onpointerup = stage.onpointercancel = event => {
    pointers.delete(event.pointerId)
    if (pointers.size) return
    drag = null
    stage.classList.remove("held")
    turn(false)
  }
  function pinch([one, other], [next, nextOther]) {
    const far = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY)
    const middle = (a, b) => ({ clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 })
    const from = place(middle(one, other)), to = place(middle(next, nextOther))
    zoomTo((state.zoom * far(next, nextOther)) / Math.max(1, far(one, other)), from.x, from.y)
    pan(to.x - from.x, to.y - from.y)
  }
  stage.ondblclick = event => {
    const { x, y } = place(event)
    if (isZoomed()) look("fit")
    else zoomTo(Math.max(2, actual()), x, y)
  }
  // Over the picture the wheel zooms; where there is nothing more to zoom, the page scrolls.
  const wheel = event => {
    const next = state.zoom * Math.exp(-event.deltaY / 300), { x, y } = place(event)
    if (event.deltaY > 0 ? state.zoom <= 1.001 : state.zoom >= most() - 0.001) return
    event.preventDefault()
    if (event.deltaY > 0 && next <= 1) look("fit")
    else zoomTo(next, x, y)
  }
  stage.addEventListener("wheel", wheel, { passive: false })
  const keys = {
    "+": () => zoomTo(state.zoom * STEP), "=": () => zoomTo(state.zoom * STEP), "-": () => zoomTo(state.zoom / STEP),
    "0": () => look("fit"), f: () => look("face"), " ": () => turn(true), b: () => turn(true),
    ArrowLeft: () => pan(NUDGE, 0), ArrowRight: () => pan(-NUDGE, 0),
    ArrowUp: () => pan(0, NUDGE), ArrowDown: () => pan(0, -NUDGE),
  }
  stage.onkeydown = event => {
    const isTurn = event.key === " " || event.key === "b"
    if (event.target !== stage || !keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return
    if ((event.key.startsWith("Arrow") && !isZoomed()) || (isTurn && state.mode !== "flick")) return
    event.preventDefault()
    keys[event.key]()
  }
  stage.onkeyup = event => { if (event.key === " " || event.key === "b") turn(false) }
  stage.onblur = () => turn(false)
  stage.oncontextmenu = event => { if (state.mode === "flick") event.preventDefault() }
  find(".in").onclick = () => zoomTo(state.zoom * STEP)
  find(".out").onclick = () => zoomTo(state.zoom / STEP)
  for (const name of VIEWS) find(`.${name}`).onclick = () => look(name)
  for (const name of MODES) find(`.${name}`).onclick = () => enter(name)

  // Full screen; where a browser refuses it, as on a telephone, over the whole page.
  const isFull = () => root.classList.contains("full")
  function fill(isOn) {
    root.classList.toggle("full", isOn)
    find(".full").setAttribute("aria-pressed", String(isOn))
    if (state.data) again()
  }
  find("button.full").onclick = async () => {
    if (isFull()) {
      if (document.fullscreenElement) await document.exitFullscreen()
      return fill(false)
    }
    try { await root.requestFullscreen() } catch { /* over the page instead */ }
    fill(true)
  }
  root.onfullscreenchange = () => fill(root.matches(":fullscreen"))
  root.onkeydown = event => { if (event.key === "Escape" && isFull()) fill(false) }

  const again = () => (state.view ? look(state.view) : draw())
  const observer = new ResizeObserver(() => state.data && stage.clientWidth && again())
  observer.observe(stage)

  // Lays a piece onto the picture where it belongs, or takes it away.
  function lay(image, piece) {
    image.hidden = !piece
    if (!piece) return image.removeAttribute("src")
    if (image.src !== piece.url) image.src = piece.url
    const [left, top, width, height] = piece.box.map(part => `${100 * part}%`)
    Object.assign(image.style, { left, top, width, height })
  }

  // Another result of the same face of the same photo: it is looked at where the last one was, to be compared with it.
  function isOfOnePhoto(last, data) {
    if (!last?.face || !data.face || last.before !== data.before) return false
    if (last.width !== data.width || last.height !== data.height) return false
    return [0, 1].every(axis => {
      const middles = [last, data].map(({ face }) => face[axis] + face[axis + 2] / 2)
      return Math.abs(middles[0] - middles[1]) < last.face[axis + 2] / 4
    })
  }

  function show(data) {
    const say = data.words, last = state.data, isSame = isOfOnePhoto(last, data)
    const isNew = data.id !== last?.id && !isSame
    state.data = isSame ? { ...data, face: last.face } : data
    root.style.setProperty("--shape", data.width / data.height)
    root.style.setProperty("--tallest", `calc(${data.tallest})`)
    root.style.setProperty("--widest", `${Math.max(data.width, 640)}px`)
    for (const side of ["before", "after"]) {
      const whole = find(`.side.${side} .whole`), label = data.label[side]?.box, tag = find(`.tag.${side}`)
      if (whole.src !== data[side]) whole.src = data[side]
      whole.alt = say[`${side}_alt`]
      lay(find(`.side.${side} .patch`), data.patch[side])
      lay(find(`.side.${side} .label`), data.label[side])
      tag.textContent = say[side]
      tag.classList.toggle("low", Boolean(label) && label[1] < 0.5 && !data.note) // out of the label's way
    }
    find(".tag.preview").hidden = !data.preview
    find(".tag.preview").textContent = say.preview
    find(".note").hidden = !data.note
    find(".note").textContent = data.note || ""
    stage.classList.toggle("old", data.old)
    stage.setAttribute("aria-label", say.stage)
    stage.setAttribute("aria-description", say.hint)
    slider.setAttribute("aria-label", say.slider)
    find(".views").ariaLabel = say.views
    find(".modes").ariaLabel = say.modes
    for (const name of VIEWS) find(`.${name}`).textContent = say[name]
    for (const name of ["in", "out", ...MODES, "full"]) {
      const button = find(`button.${name}`)
      button.title = button.ariaLabel = say[name]
    }
    find(".face").hidden = !data.face
    if (isNew && stage.clientWidth) { state.isPlaced = false; look("face") }
    else if (isNew) { state.isPlaced = false; state.view = "face" }
    else again()
  }

  return { show, close: () => observer.disconnect() }
}
