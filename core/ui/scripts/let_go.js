// FullCalendar keeps a field that is being typed in from losing the focus when an event is pressed, and fields hand over
// what was typed when they lose it: without this, a click in the grid would throw the last words of a note away.
if (!window.careslotLetGo) {
  window.careslotLetGo = true;
  document.addEventListener("focusin", ({ target }) => {
    if (!target.matches("textarea, input")) return;
    for (const frame of document.querySelectorAll('iframe[title*="streamlit_calendar"]'))
      frame.contentWindow.addEventListener("pointerdown", () => target.blur(), { capture: true, once: true });
  });
}
