const tell = (what) => parent.postMessage(what, "*");
addEventListener("error", (event) => tell({ error: event.message }));
addEventListener("securitypolicyviolation", (event) => tell({ error: event.violatedDirective }));
// The graph keeps its zoom in the address, and this frame has none.
history.replaceState = () => {};
