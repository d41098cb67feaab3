//! A real Chromium, spoken to in its DevTools protocol over a pipe: opens pages, runs scripts in
//! them, and remembers whatever went wrong and whatever was asked of the network.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A browser with one page.
pub struct Browser {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    calls: u64,
    session: Option<String>,
    events: Vec<Value>,
    _profile: TempDir,
}

impl Browser {
    /// Starts Chromium; `None` where there is none.
    pub fn start() -> Option<Self> {
        let name = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
            Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
        })?;
        let profile = tempfile::tempdir().expect("a temporary folder");
        // The pipe's ends are the descriptors 3 and 4. Whatever happens it ends within minutes.
        let mut child = Command::new("timeout")
            .args(["600", "sh", "-c", r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, "sh", name])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-dev-shm-usage", "--remote-debugging-pipe", "about:blank"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("timeout(1) starts");
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut browser =
            Self { child, requests, answers, calls: 0, session: None, events: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}))["targetId"].take();
        let attached = browser.call("Target.attachToTarget", &json!({"targetId": target, "flatten": true}));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Network", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        Some(browser)
    }

    /// One call of the protocol; events that come meanwhile are kept.
    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let mut request = json!({"id": self.calls, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        let requests = self.requests.as_mut().expect("open until dropped");
        requests.write_all(format!("{request}\0").as_bytes()).expect("the browser listens");
        loop {
            let mut bytes = Vec::new();
            let length = self.answers.read_until(0, &mut bytes).expect("the browser answers");
            assert!(length > 0, "the browser ended during {method}");
            bytes.pop();
            let mut answer: Value = serde_json::from_slice(&bytes).expect("DevTools speaks JSON");
            if answer["id"] == self.calls {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    /// Opens a file and waits until it is loaded; forgets what came before.
    pub fn open(&mut self, file: &Path) -> String {
        let path = file.canonicalize().expect("the page is there");
        let mut url = "file://".to_owned();
        for byte in path.to_str().expect("a path in UTF-8").bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                    url.push(char::from(byte))
                }
                _ => url.push_str(&format!("%{byte:02X}")),
            }
        }
        self.events.clear();
        let navigated = self.call("Page.navigate", &json!({"url": url}));
        assert!(navigated["errorText"].is_null(), "{url}: {navigated}");
        self.script("new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', done))");
        url
    }

    /// Runs a script in the page, waits for its promise, and returns its value.
    pub fn script(&mut self, text: &str) -> Value {
        let parameters =
            json!({"expression": text, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let mut answer = self.call("Runtime.evaluate", &parameters);
        assert!(answer["exceptionDetails"].is_null(), "{text}: {answer}");
        answer["result"]["value"].take()
    }

    /// Clicks at a place of the window, whatever frame is there.
    pub fn click(&mut self, x: f64, y: f64) {
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", &event);
        }
        self.script("new Promise(done => setTimeout(done, 300))");
    }

    /// What the window shows, as a PNG in base64.
    pub fn picture(&mut self) -> String {
        self.call("Page.captureScreenshot", &json!({}))["data"].as_str().unwrap_or_default().to_owned()
    }

    /// Whatever went wrong on the page since it was opened.
    pub fn troubles(&mut self) -> Vec<String> {
        // What is under way comes in first.
        self.script("new Promise(done => requestIdleCallback(done))");
        let trouble = |event: &Value| match event["method"].as_str()? {
            "Runtime.exceptionThrown" => Some(event["params"]["exceptionDetails"].to_string()),
            "Runtime.consoleAPICalled" => Some(event["params"]["args"].to_string()),
            "Log.entryAdded" => Some(event["params"]["entry"].to_string()),
            "Network.loadingFailed" => Some(event["params"].to_string()),
            _ => None,
        };
        self.events.iter().filter_map(trouble).collect()
    }

    /// Waits for such a trouble, however late it comes; panics where the browser's time is over first.
    pub fn wait_for_trouble(&mut self, words: &str) {
        while !self.troubles().iter().any(|trouble| trouble.contains(words)) {
            self.script("new Promise(done => setTimeout(done, 10))");
        }
    }

    /// What was asked of disk or network since the page was opened, the page itself included.
    pub fn requests(&self) -> Vec<String> {
        let requests = self.events.iter().filter(|event| {
            ["Network.requestWillBeSent", "Network.webSocketCreated"]
                .contains(&event["method"].as_str().unwrap_or_default())
        });
        let urls = requests.map(|event| {
            let url = &event["params"]["request"]["url"];
            url.as_str().or(event["params"]["url"].as_str()).unwrap_or_default().to_owned()
        });
        // These never leave the page.
        urls.filter(|url| !url.starts_with("data:") && !url.starts_with("about:")).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its pipe closed, it ends by itself.
        self.requests = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
