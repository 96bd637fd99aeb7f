// The result's thumbnail, which leads to it. `data`: url (null without a result) and label.
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector(".fw-thumbnail")
  const image = button.querySelector("img")
  button.hidden = !data.url
  if (!data.url) image.removeAttribute("src")
  else if (image.src !== data.url) image.src = data.url
  button.setAttribute("aria-label", data.label)
  button.onclick = () => {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches
    document.querySelector(".st-key-result")?.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" })
  }
}
