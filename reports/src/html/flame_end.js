
init();
// The graph measures itself at once, when a frame may not have a width yet: it does so again with each layout.
new ResizeObserver(([{ contentRect }]) => {
  if (contentRect.width === 0) return;
  dispatchEvent(new Event("resize"));
  tell({ functions: document.querySelectorAll("svg g > title").length });
}).observe(document.documentElement);
