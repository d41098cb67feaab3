"use strict";
(() => {
  const root = document.documentElement;

  // Theme: what the system says, or what the reader chose.
  const button = document.getElementById("theme");
  const themes = ["auto", "light", "dark"];
  const remember = (theme) => { try { localStorage.setItem("duel-theme", theme); } catch { /* private mode */ } };
  const recall = () => { try { return localStorage.getItem("duel-theme"); } catch { return null; } };
  const apply = (theme) => {
    if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
    button.dataset.theme = theme;
    button.textContent = "Theme: " + theme;
  };
  apply(themes.includes(recall()) ? recall() : "auto");
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = themes[(themes.indexOf(button.dataset.theme) + 1) % themes.length];
    apply(next);
    remember(next);
  });

  // A link to a case opens it.
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let element = target; element; element = element.parentElement) {
      if (element.tagName === "DETAILS") element.open = true;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  open();

  // Flame graphs are drawn when they are first opened, in a frame of their own.
  const draw = (details) => {
    const view = details.querySelector(".flame-view");
    const template = details.querySelector("template") || document.getElementById(view?.dataset.graph);
    if (!view || !template || view.firstChild) return;
    const svg = template.content.textContent;
    const part = (name) => document.getElementById("flame-" + name + "-" + template.dataset.parts).content.textContent;
    const height = parseFloat((/ height="([\d.]+)"/.exec(svg) || [])[1]) || 400;
    const frame = document.createElement("iframe");
    frame.title = "Flame graph of " + view.dataset.title;
    frame.height = Math.ceil(height) + 2;
    // Its script runs, in an origin of its own: it reaches neither this page nor anything else.
    frame.sandbox = "allow-scripts";
    frame.srcdoc = "<!doctype html><meta charset=utf-8><style>" + part("style") + "</style>" + svg
      + "<script>" + part("script") + "</" + "script>";
    view.append(frame);
  };
  addEventListener("message", (event) => {
    const frames = [...document.querySelectorAll(".flame-view iframe")];
    const frame = frames.find((frame) => frame.contentWindow === event.source);
    if (!frame || typeof event.data !== "object") return;
    if (typeof event.data.functions === "number") frame.dataset.functions = event.data.functions;
    if (event.data.error) console.error("flame graph: " + String(event.data.error).slice(0, 500));
  });
  for (const details of document.querySelectorAll("details.flame")) {
    details.addEventListener("toggle", () => { if (details.open) draw(details); });
  }

  // Tables sort by the heads that say so; what has no number stays at the end.
  const value = (row, column, kind) => {
    const text = row.cells[column]?.dataset.value;
    if (text === undefined) return null;
    return kind === "number" ? Number(text) : text;
  };
  const sort = (table, head, column) => {
    const kind = head.dataset.sort;
    const down = head.getAttribute("aria-sort") === "ascending";
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((a, b) => {
      const x = value(a, column, kind), y = value(b, column, kind);
      if (x === null || y === null) return (x === null) - (y === null);
      const order = kind === "number" ? x - y : x.localeCompare(y);
      return down ? -order : order;
    });
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...rows);
  };
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (!head.dataset.sort) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, head, column));
      head.append(button);
    });
  }
})();
