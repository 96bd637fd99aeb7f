// Before and after under one movable line, with zoom and pan. `data`: words, width and height of the full picture,
// before and after (URLs), patch ({box, before, after} or null: the face at full size), face (a box or null), preview.
// Boxes are fractions of the picture: left, top, width, height. State lives on the element, so it outlasts reruns.
const views = new WeakMap()

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".compare")
  let view = views.get(root)
  if (!view) views.set(root, (view = mount(root)))
  view.show(data)
  return () => view.close()
}

function mount(root) {
  const find = name => root.querySelector(name)
  const stage = find(".stage"), slider = find(".slider")
  const state = { at: 50, zoom: 1, x: 0, y: 0, data: null, shape: "" } // x, y: left and top of the picture in stage px
  const most = () => Math.max(4, 2 * actual())
  const actual = () => state.data.width / stage.clientWidth // the zoom at which a picture px is a CSS px

  function draw() {
    if (!state.data || !stage.clientWidth) return
    const width = stage.clientWidth, height = stage.clientHeight
    state.x = Math.min(0, Math.max(width * (1 - state.zoom), state.x))
    state.y = Math.min(0, Math.max(height * (1 - state.zoom), state.y))
    stage.style.setProperty("--at", `${state.at}%`)
    for (const pan of root.querySelectorAll(".pan"))
      pan.style.transform = `translate(${state.x}px, ${state.y}px) scale(${state.zoom})`
    stage.classList.toggle("zoomed", state.zoom > 1.001)
    stage.classList.toggle("sharp", state.zoom > 1.2)
    slider.value = state.at
    find(".tag.before").style.opacity = state.at > 12 ? 1 : 0
    find(".tag.after").style.opacity = state.at < 88 ? 1 : 0
    find(".scale").textContent = `${Math.round((100 * state.zoom) / actual())} %`
    find(".fit").disabled = find(".out").disabled = state.zoom <= 1.001
    find(".in").disabled = state.zoom >= most() - 0.001
    find(".actual").disabled = actual() <= 1.01
  }

  function zoomTo(zoom, cx = stage.clientWidth / 2, cy = stage.clientHeight / 2) {
    const next = Math.min(most(), Math.max(1, zoom)), factor = next / state.zoom
    state.x = cx - (cx - state.x) * factor
    state.y = cy - (cy - state.y) * factor
    state.zoom = next
    draw()
  }

  function centreOn([left, top, width, height], zoom) {
    state.zoom = Math.min(most(), Math.max(1, zoom))
    state.x = stage.clientWidth * (0.5 - (left + width / 2) * state.zoom)
    state.y = stage.clientHeight * (0.5 - (top + height / 2) * state.zoom)
    draw()
  }

  const moveLine = at => { state.at = Math.min(100, Math.max(0, at)); draw() }
  const pan = (dx, dy) => { state.x += dx; state.y += dy; draw() }

  slider.oninput = () => moveLine(Number(slider.value))
  stage.onpointerdown = event => {
    if (event.button !== 0) return
    const box = stage.getBoundingClientRect()
    const along = pointer => (100 * (pointer.clientX - box.left)) / box.width
    const onLine = Math.abs(along(event) - state.at) * box.width < 100 * 28
    const panning = state.zoom > 1.001 && !onLine
    let last = event
    stage.setPointerCapture(event.pointerId)
    stage.classList.toggle("held", panning)
    if (!panning) moveLine(along(event))
    stage.onpointermove = next => {
      if (panning) pan(next.clientX - last.clientX, next.clientY - last.clientY)
      else moveLine(along(next))
      last = next
    }
    stage.onpointerup = stage.onpointercancel = () => {
      stage.onpointermove = null
      stage.classList.remove("held")
    }
  }
  stage.ondblclick = event => {
    const box = stage.getBoundingClientRect()
    if (state.zoom > 1.001) zoomTo(1)
    else zoomTo(Math.max(2, actual()), event.clientX - box.left, event.clientY - box.top)
  }
  const wheel = event => {
    if (!event.ctrlKey && !event.metaKey) return // the page keeps its scrolling
    event.preventDefault()
    const box = stage.getBoundingClientRect()
    zoomTo(state.zoom * Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top)
  }
  stage.addEventListener("wheel", wheel, { passive: false })
  stage.onkeydown = event => {
    if (event.target !== stage) return
    const step = 40
    const acts = {
      "+": () => zoomTo(state.zoom * 1.25), "=": () => zoomTo(state.zoom * 1.25), "-": () => zoomTo(state.zoom / 1.25),
      "0": () => zoomTo(1), ArrowLeft: () => pan(step, 0), ArrowRight: () => pan(-step, 0),
      ArrowUp: () => pan(0, step), ArrowDown: () => pan(0, -step),
    }
    if (!acts[event.key] || (event.key.startsWith("Arrow") && state.zoom <= 1.001)) return
    event.preventDefault()
    acts[event.key]()
  }
  find(".fit").onclick = () => zoomTo(1)
  find(".in").onclick = () => zoomTo(state.zoom * 1.25)
  find(".out").onclick = () => zoomTo(state.zoom / 1.25)
  find(".actual").onclick = () => (state.data.face ? centreOn(state.data.face, actual()) : zoomTo(actual()))
  find(".face").onclick = () => {
    const [left, top, width, height] = state.data.face
    centreOn([left, top, width, height], 0.8 / Math.max(width, height))
  }

  const observer = new ResizeObserver(draw)
  observer.observe(stage)

  function show(data) {
    const say = data.words, shape = `${data.width} ${data.height}`
    if (shape !== state.shape) {
      const middle = data.face ? 100 * (data.face[0] + data.face[2] / 2) : 50 // the line begins where there is something to see
      Object.assign(state, { shape, zoom: 1, x: 0, y: 0, at: middle })
    }
    state.data = data
    stage.style.setProperty("--shape", data.width / data.height)
    stage.style.setProperty("--widest", `${Math.max(data.width, 640)}px`)
    for (const side of ["before", "after"]) {
      const whole = find(`.side.${side} .whole`), patch = find(`.side.${side} .patch`)
      if (whole.src !== data[side]) whole.src = data[side]
      whole.alt = say[`${side}_alt`]
      patch.hidden = !data.patch
      if (data.patch) {
        if (patch.src !== data.patch[side]) patch.src = data.patch[side]
        const [left, top, width, height] = data.patch.box.map(part => `${100 * part}%`)
        Object.assign(patch.style, { left, top, width, height })
      } else patch.removeAttribute("src")
      find(`.tag.${side}`).textContent = say[side]
    }
    find(".tag.preview").hidden = !data.preview
    find(".tag.preview").textContent = say.preview
    stage.setAttribute("aria-label", say.stage)
    slider.setAttribute("aria-label", say.slider)
    for (const name of ["fit", "face", "actual"]) find(`.${name}`).textContent = say[name]
    for (const name of ["in", "out"]) { find(`.${name}`).title = say[name]; find(`.${name}`).ariaLabel = say[name] }
    find(".face").hidden = !data.face
    find(".hint").textContent = say.hint
    draw()
  }

  return { show, close: () => observer.disconnect() }
}
