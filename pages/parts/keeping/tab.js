// Keeps the name of this tab's desk as long as the tab is there. `data`: name, which the page gives it; instead, another
// name that it shall not have any more. A name that the tab had before is sent as the state "name".
const KEPT = "fusewise_desk"

export default function ({ data, setStateValue }) {
  try {
    const kept = sessionStorage.getItem(KEPT)
    if (!kept || kept === data.instead) sessionStorage.setItem(KEPT, data.name)
    else if (kept !== data.name) setStateValue("name", kept)
  } catch {} // a browser that stores nothing: its page begins anew each time
}
