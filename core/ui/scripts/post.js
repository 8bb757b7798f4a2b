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
    const { backgroundColor, color } = getComputedStyle(document.querySelector("[data-testid=stApp]") ?? document.body);
    const edge = "border: 1px solid; border-radius: 8px; font: inherit; color: inherit";
    note.style.cssText = `${edge}; box-sizing: border-box; max-width: min(28rem, calc(100vw - 2rem)); padding: 1.5rem`;
    Object.assign(note.style, { backgroundColor, color });
    button.style.cssText = `${edge}; min-height: 2.75rem; padding: 0 1.5rem; background: none; cursor: pointer`;
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
