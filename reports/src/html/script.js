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

  // What a section has is compressed on a large page: block and number say where it is.
  const blocks = new Map();
  const contents = (block) => {
    if (!blocks.has(block)) {
      const packed = document.getElementById("folded-" + block).content.textContent;
      const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0));
      const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
      blocks.set(block, new Response(unpacked).text().then((text) => text.split("\x1e")));
    }
    return blocks.get(block);
  };
  const unfolded = new WeakMap();
  const unfold = (details) => {
    if (!unfolded.has(details)) unfolded.set(details, fill(details));
    return unfolded.get(details);
  };
  const fill = async (details) => {
    const [block, number] = details.dataset.folded.split(" ");
    const content = document.createElement("div");
    try {
      content.innerHTML = (await contents(block))[number];
    } catch (error) {
      content.textContent = "This section can't be drawn (" + error + "). A newer browser may; report.csv has the numbers.";
    }
    equip(content);
    details.append(content);
  };
  // An element by its id, wherever it is.
  const find = async (id) => {
    const template = !document.getElementById(id)
      && [...document.querySelectorAll("template[data-ids]")].find((one) => one.dataset.ids.split(" ").includes(id));
    if (template) {
      const block = template.id.slice("folded-".length);
      const number = (await contents(block)).findIndex((text) => text.includes("id=" + JSON.stringify(id)));
      const details = document.querySelector('[data-folded="' + block + " " + number + '"]');
      if (details) await unfold(details);
    }
    return document.getElementById(id);
  };

  // A link to a case opens it.
  const open = async () => {
    const target = location.hash && await find(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let element = target; element; element = element.parentElement) {
      if (element.tagName === "DETAILS") element.open = true;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", open);

  // Flame graphs are drawn when they are first opened, in a frame of their own.
  const draw = async (details) => {
    const view = details.querySelector(".flame-view");
    const template = details.querySelector("template") || (view?.dataset.graph && await find(view.dataset.graph));
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
  const sortable = (table) => [...table.tHead.rows[0].cells].forEach((head, column) => {
    if (!head.dataset.sort) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(table, head, column));
    head.append(button);
  });

  // What a part of the page needs to be used.
  const equip = (part) => {
    const opened = (selector, then) => {
      for (const details of part.querySelectorAll(selector)) {
        details.addEventListener("toggle", () => { if (details.open) then(details); });
      }
    };
    opened("details.flame", draw);
    opened("details[data-folded]", unfold);
    part.querySelectorAll("table[data-sortable]").forEach(sortable);
  };
  equip(document);
  open();
})();
