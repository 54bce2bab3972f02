// Asks for the scripts of elements before the first of them comes, after all that the page itself waits for.
for (const name of NAMES) {
  const link = document.createElement("link")
  Object.assign(link, {rel: "modulepreload", crossOrigin: "", fetchPriority: "low", href: "./static/js/" + name})
  document.head.append(link)
}
