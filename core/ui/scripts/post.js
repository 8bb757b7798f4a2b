// Posts a page's ticket to our own server, which answers with a cookie that no script can read.
{
  const { route, content } = document.currentScript.dataset;
  fetch(route, { method: "POST", headers: { "Content-Type": "application/json" }, body: content });
}
