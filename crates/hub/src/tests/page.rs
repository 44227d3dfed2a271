//! The page in a real browser, over `WebDriver`: by pointer, by keyboard, in both languages, narrow and wide.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use peregrine_testkit::{Folder, free_port};
use serde_json::{Value as Json, json};

use super::client::Client;
use super::{PATIENCE, body, start, wait_for};

/// A browser, which ends with this.
struct Browser {
    driver: Child,
    address: SocketAddr,
    session: String,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let path = format!("/session/{}", self.session);
        let _ = Client::new(self.address).ask("DELETE", &path, &[], b"");
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Browser {
    /// Starts one; none, with a loud line, where there is none.
    fn start(test: &str, folder: &Folder) -> Option<Self> {
        let port = free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(driver) = driver else {
            peregrine_testkit::skipped(test, "there is no chromedriver (Debian: chromium-driver)");
            return None;
        };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut browser = Self { driver, address, session: String::new() };
        let begin = Instant::now();
        while Client::new(address).ask("GET", "/status", &[], b"").is_err() {
            assert!(begin.elapsed() < PATIENCE, "chromedriver does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        let profile = format!("--user-data-dir={}", folder.join("profile"));
        let options = json!({ "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--lang=en-US", profile] });
        let always =
            json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let session =
            browser.send("POST", "/session", &json!({ "capabilities": { "alwaysMatch": always } }));
        session["sessionId"].as_str().unwrap().clone_into(&mut browser.session);
        Some(browser)
    }

    fn send(&self, method: &str, path: &str, body: &Json) -> Json {
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let headers = [("content-type", "application/json")];
        let answer =
            Client::new(self.address).ask(method, path, &headers, body.as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{path} {body}: {}", answer.text());
        let answer: Json = serde_json::from_slice(&answer.body).unwrap();
        answer["value"].clone()
    }

    fn command(&self, path: &str, body: &Json) -> Json {
        self.send("POST", &format!("/session/{}/{path}", self.session), body)
    }

    fn go(&self, url: &str) {
        self.command("url", &json!({ "url": url }));
    }

    /// What a script of the page's own world returns.
    fn run(&self, script: &str) -> Json {
        self.command("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until an expression is true.
    fn wait(&self, expression: &str) {
        let begin = Instant::now();
        // What it is about may not be there yet.
        let script = format!("try {{ return Boolean({expression}) }} catch {{ return false }}");
        while self.run(&script) != true {
            let text = self.run("return document.body?.innerText");
            assert!(begin.elapsed() < PATIENCE, "{expression}\n{text}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Types into what has the focus.
    fn type_keys(&self, keys: &str) {
        let actions: Vec<Json> = keys
            .chars()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
            })
            .collect();
        self.command(
            "actions",
            &json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] }),
        );
    }

    /// Draws from one place to another, in parts of the width of what a selector finds.
    fn draw(&self, selector: &str, from: f64, to: f64) {
        let rect = self.run(&format!(
            "const box = document.querySelector('{selector}').getBoundingClientRect(); return [box.x, box.y, box.width]"
        ));
        let number = |at: usize| rect[at].as_f64().unwrap();
        let at = |part: f64| json!({ "type": "pointerMove", "duration": 0, "x": (number(0) + part * number(2)).round(), "y": (number(1) + 20.0).round() });
        let actions = json!([at(from), { "type": "pointerDown", "button": 0 }, at(f64::midpoint(from, to)), at(to),
            { "type": "pointerUp", "button": 0 }]);
        self.command(
            "actions",
            &json!({ "actions": [{ "type": "pointer", "id": "mouse", "actions": actions }] }),
        );
    }

    /// How wide the window of the page is.
    fn width(&self, width: u32) {
        let metrics =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.command(
            "goog/cdp/execute",
            &json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": metrics }),
        );
    }

    /// What the browser complained of.
    fn complaints(&self) -> Vec<String> {
        let log = self.command("se/log", &json!({ "type": "browser" }));
        let messages = log.as_array().unwrap().iter().filter(|entry| entry["level"] == "SEVERE");
        messages.filter_map(|entry| Some(entry["message"].as_str()?.to_owned())).collect()
    }
}

const ROWS: &str = "document.querySelectorAll('tbody tr').length";
const ENTER: char = '\u{e007}';

#[test]
fn the_page_searches_in_a_browser() {
    let folder = Folder::new("hub-page");
    let Some(browser) = Browser::start("the_page_searches_in_a_browser", &folder) else { return };
    let hub = start(folder.path());
    let page = format!("http://127.0.0.1:{}/", hub.page().port());
    // An empty hub says how the first alert gets there.
    browser.go(&page);
    browser.wait("document.body.innerText.includes('curl -X POST')");
    let mut client = Client::new(hub.ingest());
    for number in 0..300 {
        assert_eq!(client.post("/", body(number).as_bytes()).unwrap().status, 200);
    }
    wait_for(&mut Client::new(hub.page()), 300);
    browser.go(&page);
    browser.wait(&format!("{ROWS} === 100 && document.querySelector('svg.bars') && document.querySelector('.facets button')"));
    browser.wait("document.querySelector('main .status').innerText.startsWith('300 alerts')");
    // By keyboard: a condition, then down the rows and into one.
    browser.run("document.getElementById('q').focus()");
    browser.type_keys(&format!("rule = \"Rule 1\"{ENTER}"));
    browser.wait(&format!("{ROWS} === 60 && location.search.includes('q=')"));
    browser.run("document.querySelector('tbody tr').focus()");
    browser.type_keys(&format!("jjk{ENTER}"));
    browser.wait("document.querySelector('.drawer') && document.querySelectorAll('tbody tr')[1].getAttribute('aria-selected')");
    browser.wait("document.activeElement.closest('.drawer') && document.querySelector('.drawer pre').innerText.includes('output_fields')");
    browser.type_keys("\u{e00c}");
    browser
        .wait("!document.querySelector('.drawer') && document.activeElement.matches('tbody tr')");
    // A facet, and without it again; both are in the address.
    browser.run("[...document.querySelectorAll('.facets button')].find((one) => one.innerText.includes('web-1')).click()");
    browser.wait(&format!("{ROWS} === 20 && location.search.includes('f=')"));
    browser.run("history.back()");
    browser.wait(&format!("{ROWS} === 60 && !location.search.includes('f=')"));
    // A part of the time.
    browser.draw("svg.bars", 0.1, 0.4);
    browser.wait(&format!("{ROWS} > 0 && {ROWS} < 60 && location.search.includes('from=')"));
    // A mistake has its place.
    browser.go(&format!("{page}?q=rule+%3D+x+and+nosuch"));
    browser.wait("document.querySelector('.problem').innerText.includes('column')");
    // Chinese: the texts, and what is found.
    browser.run("[...document.querySelectorAll('header button')].find((one) => one.innerText === '中文').click()");
    browser.wait("document.documentElement.lang === 'zh' && document.querySelector('form button').innerText === '搜索'");
    browser.go(&format!("{page}?q=%E8%B4%A2%E5%8A%A1"));
    browser.wait(&format!(
        "{ROWS} === 100 && document.querySelector('td.output').innerText.includes('财务')"
    ));
    // On a narrow screen nothing is beside it.
    for width in [375, 1440, 1920] {
        browser.width(width);
        browser.wait(&format!(
            "innerWidth === {width} && document.documentElement.scrollWidth <= {width}"
        ));
    }
    // What comes is there at once, and what it says is text.
    let searches = "performance.getEntriesByType('resource').filter((one) => one.name.includes('search/hits')).length";
    let before = browser.run(&format!("return {searches}")).as_u64().unwrap();
    browser.run("document.querySelector('header button').click()");
    browser.wait(&format!("{searches} === {} && {ROWS} === 100", before + 1));
    let alert = body(999)
        .replace("opened", "<img src=x onerror=alert(1)> opened")
        .replace("01-31", "02-01");
    // The other connection was idle for too long.
    let sent = Client::new(hub.ingest()).post("/", alert.as_bytes()).unwrap();
    assert_eq!(sent.status, 200);
    browser.wait("document.querySelector('td.output').innerText.includes('<img src=x')");
    // The hub sent it: the page requested nothing.
    browser.wait(&format!("{searches} === {}", before + 1));
    let complaints = browser.complaints();
    // The mistake above is an answer of 400, which browsers log.
    let others: Vec<&String> = complaints.iter().filter(|one| !one.contains("nosuch")).collect();
    assert!(others.is_empty(), "{others:?}");
    drop(browser);
    hub.stop();
}
