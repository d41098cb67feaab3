
init();
tell({ functions: document.querySelectorAll("svg g > title").length });
