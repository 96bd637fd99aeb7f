// Gives one of Streamlit's uploaders the page's words, and says of files that it does not take why. `data`: box (its
// key), types (ends of names), most_bytes, pastes (whether pictures that are pasted anywhere may go in), is_many, turn
// (how often the page has heard of refused files), words. What is refused goes to the page as the trigger "refused":
// {files: [{name, bytes, why}], comes_more}.
//
// All boxes of a page share one set of listeners, which hear a file before Streamlit does, and one observer: Streamlit
// draws its words anew whenever files come or go.
const shared = (window.fusewiseBoxes ??= { boxes: new Map(), ours: new WeakSet(), said: new WeakMap() })
const { boxes, ours, said } = shared
const CHIP = '[data-testid="stFileChip"]', INPUT = 'input[type="file"]'
const PATIENCE_MS = 4000
const isTouch = () => matchMedia("(hover: none)").matches
const pasteKeys = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘V" : "Ctrl+V"

const root = box => document.querySelector(`.st-key-${CSS.escape(box.data.box)}`)
const at = element => [...boxes.values()].find(box => root(box)?.contains(element))
const why = (box, file) => {
  const end = file.name.slice(file.name.lastIndexOf(".") + 1).toLowerCase()
  if (!box.data.types.includes(end)) return "kind"
  return file.size > box.data.most_bytes ? "heavy" : null
}

/** The files that go in and those that do not. */
function sift(box, files) {
  const taken = [], refused = []
  for (const file of files) {
    const reason = why(box, file) ?? (taken.length && !box.data.is_many ? "many" : null)
    if (reason) refused.push(named(file, reason))
    else taken.push(file)
  }
  return { taken, refused }
}

const named = (file, why) => ({ name: file.name, bytes: file.size, why })

/** Tells the page of what is refused, and gives it what is taken only once it has heard: a run that begins would take
 *  away the address to which Streamlit was about to send the files. */
function tell(box, refused, taken = []) {
  box.waits = taken.length ? { turn: box.data.turn, files: taken } : null
  box.send("refused", { files: refused, comes_more: taken.length > 0 })
}

function goOn(box) {
  if (!box.waits || box.data.turn === box.waits.turn) return
  const { files } = box.waits
  box.waits = null
  choose(box, files)
  watch(box, files)
}

const carrying = files => {
  const carrier = new DataTransfer()
  files.forEach(file => carrier.items.add(file))
  return carrier
}

const stop = event => { event.preventDefault(); event.stopImmediatePropagation() }

/** True where all files go in, which is left to the caller; else the page is told. */
function put(box, files) {
  const { taken, refused } = sift(box, files)
  if (!refused.length) return true
  tell(box, refused, taken)
  return false
}

/** Streamlit asks where to send files, and loses the answer where a run of the page begins just then: once more. */
function watch(box, files) {
  const before = chips(box)
  setTimeout(() => { if (root(box) && chips(box) === before) choose(box, files) }, PATIENCE_MS)
}

const chips = box => root(box)?.querySelectorAll(CHIP).length

function choose(box, files) {
  const input = root(box)?.querySelector(INPUT)
  if (!input) return
  input.files = carrying(files).files
  const event = new Event("change", { bubbles: true })
  ours.add(event)
  input.dispatchEvent(event)
}

function onChange(event) {
  const input = event.target
  const box = input.matches?.(INPUT) && !ours.has(event) && at(input)
  if (!box || !input.files.length) return
  if (put(box, [...input.files])) return watch(box, [...input.files])
  event.stopImmediatePropagation()
  input.value = ""
}

const hasFiles = event => [...(event.dataTransfer?.types ?? [])].includes("Files")

function onDrop(event) {
  if (ours.has(event) || !hasFiles(event)) return
  const files = [...event.dataTransfer.files], box = at(event.target)
  if (!box) { // beside every box the browser would leave the page for the file
    stop(event)
    return anywhere(files)
  }
  if (files.some(file => !file.type && !file.size)) return // a folder: Streamlit's own affair
  if (put(box, files)) return watch(box, files)
  stop(event)
  const end = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: new DataTransfer() })
  ours.add(end)
  event.target.dispatchEvent(end) // so that it hears of the end of the drag
}

function onDragOver(event) {
  if (hasFiles(event) && !at(event.target)) event.preventDefault()
}

const isText = element => element?.isContentEditable
  || element?.matches?.('textarea, input:not([type="checkbox"]):not([type="radio"]):not([type="range"]):not([type="file"])')

function onPaste(event) {
  const files = [...(event.clipboardData?.files ?? [])]
  if (!files.length) return
  if (isText(event.target) && event.clipboardData.types.includes("text/plain")) return
  stop(event)
  anywhere(files)
}

/** Files that were meant for no box: they go where the focus is, else into the first place that is empty. */
function anywhere(files) {
  const focused = at(document.activeElement)
  const free = [...boxes.values()]
    .filter(box => box.data.pastes && root(box) && !root(box).querySelector(CHIP))
    .sort((a, b) => root(a).compareDocumentPosition(root(b)) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1)
  const box = focused ?? free[0]
  if (box) {
    if (!put(box, files)) return
    choose(box, files)
    return watch(box, files)
  }
  const last = [...boxes.values()].findLast(box => root(box) && box.data.types.includes("png"))
  if (last) tell(last, files.map(file => named(file, "nowhere")))
}

/** Streamlit's words into the page's; whatever is ours already stays as it is. */
function dress(box) {
  const mine = root(box)
  if (!mine) return
  const words = box.data.words
  const drop = mine.querySelector('[data-testid="stFileUploaderDropzone"]')
  mine.querySelector(INPUT)?.setAttribute("aria-hidden", "true") // its button has the name, and nobody can see this
  const instructions = drop?.querySelector('[data-testid="stFileUploaderDropzoneInstructions"]')
  if (instructions) {
    const hint = isTouch() ? words.touch : words.hint.replace("{keys}", pasteKeys)
    const texts = [...walk(instructions)]
    texts.forEach((text, index) => set(text, index ? "" : hint))
    drop.querySelector("button")?.setAttribute("aria-label", words.named)
  }
  for (const text of walk(drop)) {
    say(text, theirs => theirs.trim() === "Upload" ? words.button : /^Drag and drop /.test(theirs) ? words.drop : theirs)
  }
  for (const button of drop?.querySelectorAll("button[aria-label]") ?? []) {
    say(button.getAttributeNode("aria-label"), theirs => theirs === "Add files" ? words.more
      : theirs.replace(/^Remove (.*)$/s, (_, file) => words.remove.replace("{file}", () => file))
              .replace(/^Cancel upload of (.*)$/s, (_, file) => words.stop.replace("{file}", () => file)))
  }
}

/** Has a text or an attribute say in the page's words what Streamlit has it say; in others once the page's have changed. */
function say(node, translated) {
  const known = said.get(node)
  const theirs = known?.mine === node.nodeValue ? known.theirs : node.nodeValue
  const mine = translated(theirs)
  said.set(node, { theirs, mine })
  set(node, mine)
}

function* walk(element) {
  if (!element) return
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) if (!texts.currentNode.parentElement.closest('[data-testid="stIconMaterial"]')) yield texts.currentNode
}

const set = (text, value) => { if (text.nodeValue !== value) text.nodeValue = value }

/** Files that were refused on the way are named in words, and their red chips taken away. */
function hear(box) {
  const lost = [...(root(box)?.querySelectorAll(`${CHIP}[aria-invalid="true"]`) ?? [])].filter(chip => !ours.has(chip))
  if (!lost.length) return
  lost.forEach(chip => ours.add(chip))
  tell(box, lost.map(chip => ({
    name: chip.querySelector('[data-testid="stFileChipName"]')?.title ?? "",
    bytes: 0,
    why: /status code (413|429|503)/.test(chip.textContent) ? "full" : "lost",
  })))
  lost.forEach(chip => chip.querySelector('[data-testid="stFileChipDeleteBtn"] button')?.click())
}

function look() {
  for (const box of boxes.values()) { dress(box); hear(box) }
}

function listen() {
  if (shared.observer) return
  window.addEventListener("change", onChange, true)
  window.addEventListener("drop", onDrop, true)
  window.addEventListener("dragover", onDragOver, true)
  window.addEventListener("paste", onPaste, true)
  shared.observer = new MutationObserver(look)
  shared.observer.observe(document.body, { childList: true, subtree: true })
}

export default function ({ data: [data], setTriggerValue }) {
  const box = Object.assign(boxes.get(data.box) ?? {}, { data, send: setTriggerValue })
  boxes.set(data.box, box)
  listen()
  look()
  goOn(box)
  return () => {
    if (boxes.get(data.box)?.send === setTriggerValue) boxes.delete(data.box)
  }
}
