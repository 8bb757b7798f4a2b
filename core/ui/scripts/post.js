// Posts a page's ticket to our own server, which answers with a cookie that no script can read. Where it doesn't, and
// that matters, `refused` says so, over the page until it is closed. A ticket is good once, so it is posted once.
{
  const { route, content, refused, close } = document.currentScript.dataset;
  const posted = (window.careslotPosted ??= new Set());
  const tell = () => {
    const note = document.createElement("dialog");
    const button = document.createElement("button");
    note.append(Object.assign(document.createElement("p"), { textContent: refused }), button);
    note.role = "alertdialog";
    note.ariaLabel = refused;
    note.style.cssText = "max-width: 28rem; padding: 1.5rem; border-radius: 8px; font: inherit";
    button.style.cssText = "min-height: 2.75rem; padding: 0 1.5rem; font: inherit; cursor: pointer";
    button.textContent = close;
    button.onclick = () => note.close();
    note.onclose = () => note.remove();
    document.body.append(note);
    note.showModal();
  };
  if (!refused || !posted.has(content)) {
    posted.add(content);
    fetch(route, { method: "POST", headers: { "Content-Type": "application/json" }, body: content })
      .then((answer) => answer.ok, () => false)
      .then((kept) => kept || !refused || tell());
  }
}
