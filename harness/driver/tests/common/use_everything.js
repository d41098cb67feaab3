// Clicks on everything that a report has, and tells what there was.
(async () => {
    const moment = () => new Promise(done => setTimeout(done, 50));
    // From the outermost inwards: what is within a closed one can't be clicked by a reader.
    for (const summary of document.querySelectorAll("summary")) {
        const details = summary.parentElement;
        if (details.open) continue;
        const opened = new Promise(done => details.addEventListener("toggle", done, { once: true }));
        summary.click();
        await opened;
    }
    const theme = document.getElementById("theme");
    const themes = [];
    for (let click = 0; click < 3; click++) {
        theme.click();
        themes.push(theme.textContent);
    }
    const sorters = document.querySelectorAll("button.sort");
    for (const sorter of sorters) { sorter.click(); sorter.click(); }
    for (const link of document.querySelectorAll('a[href^="#"]')) link.click();
    dispatchEvent(new Event("beforeprint"));
    dispatchEvent(new Event("afterprint"));
    for (let wait = 0; wait < 6000; wait++) {
        const frames = [...document.querySelectorAll(".flame-view iframe")];
        // A graph can be clicked once its own script has begun.
        const drawn = ({ contentDocument: page }) => page?.readyState === "complete" && page.querySelector("svg rect");
        if (frames.every(drawn)) break;
        await moment();
    }
    let drawn = 0;
    for (const frame of document.querySelectorAll(".flame-view iframe")) {
        const functions = frame.contentDocument.querySelectorAll("svg g > title");
        if (functions.length > 0) drawn++;
        // Zoom into the last one, which is not the root.
        functions[functions.length - 1]?.parentNode.dispatchEvent(
            new MouseEvent("click", { bubbles: true, view: frame.contentWindow }));
    }
    await moment();
    return {
        open: document.querySelectorAll("details[open]").length,
        details: document.querySelectorAll("details").length,
        flames: document.querySelectorAll("details.flame").length,
        drawn, themes, sorters: sorters.length,
        text: document.body.textContent,
        alerts: window.alerts ?? 0,
    };
})()
