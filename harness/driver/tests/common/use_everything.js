// Clicks on everything that a report has, and tells what there was.
(async () => {
    const moment = () => new Promise(done => setTimeout(done, 50));
    const open = async (details) => {
        const opened = new Promise(done => details.addEventListener("toggle", done, { once: true }));
        details.querySelector(":scope > summary").click();
        await opened;
        while (details.dataset.folded && !details.querySelector(":scope > div")) await moment();
    };
    // From the outermost inwards: what is within a closed one can't be clicked by a reader, and what is folded
    // away is not even there.
    const closed = () => [...document.querySelectorAll("details:not([open])")]
        .filter((details) => !details.parentElement.closest("details:not([open])"));
    for (let next; (next = closed()).length > 0;) await Promise.all(next.map(open));
    const theme = document.getElementById("theme");
    const themes = [];
    for (let click = 0; click < 3; click++) {
        theme.click();
        themes.push(theme.textContent);
    }
    const sorters = document.querySelectorAll("button.sort");
    for (const sorter of sorters) { sorter.click(); sorter.click(); }
    // Not all of a large page: the browser throttles who follows more than 200 links in a breath.
    for (const link of [...document.querySelectorAll('a[href^="#"]')].slice(0, 60)) link.click();
    dispatchEvent(new Event("beforeprint"));
    dispatchEvent(new Event("afterprint"));
    for (let wait = 0; wait < 6000; wait++) {
        const frames = [...document.querySelectorAll(".flame-view iframe")];
        // The page can't look into a frame, which says itself what it has drawn.
        if (frames.every(({ dataset }) => dataset.functions > 0)) break;
        await moment();
    }
    const frames = [...document.querySelectorAll(".flame-view iframe")];
    const drawn = frames.filter(({ dataset }) => dataset.functions > 0).length;
    const open_to_the_page = frames.filter((frame) => frame.contentDocument !== null).length;
    await moment();
    return {
        open: document.querySelectorAll("details[open]").length,
        details: document.querySelectorAll("details").length,
        flames: document.querySelectorAll("details.flame").length,
        drawn, open_to_the_page, themes, sorters: sorters.length,
        text: document.body.textContent,
        alerts: window.alerts ?? 0,
    };
})()
