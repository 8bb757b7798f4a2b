// The heading of a step takes the focus. It may be drawn a moment after this script, and stands under the page's own
// header when scrolled to.
{
  let tries = 0;
  const look = () => {
    const heading = document.querySelector(".st-key-careslot_step h1");
    if (!heading) {
      if (++tries < 40) setTimeout(look, 50);
      return;
    }
    heading.tabIndex = -1;
    heading.style.outline = "none";
    heading.style.scrollMarginTop = "5rem";
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ block: "nearest" });
  };
  look();
}
