// While something is open, a click on the menu's entry of this very page is a wish to go back to all, of which Streamlit
// tells nobody. And what is opened is shown from its top, wherever the page was scrolled to before.
let shown = null

export default function ({ data }) {
  if (shown !== data.what) {
    shown = data.what
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0)
  }
  const pressed = ({ target }) => {
    const link = target.closest?.('[data-testid="stSidebarNavLink"]')
    if (link?.pathname === location.pathname) document.querySelector(`.st-key-${data.back} button`)?.click()
  }
  document.addEventListener('click', pressed)
  return () => document.removeEventListener('click', pressed)
}
