
init();
tell({ functions: document.querySelectorAll("svg g > title").length });
// The graph measures itself at once, when a frame may not have a width yet; it does so again with each layout.
new ResizeObserver(([{ contentRect }]) => {
  if (contentRect.width > 0) dispatchEvent(new Event("resize"));
}).observe(document.documentElement);
