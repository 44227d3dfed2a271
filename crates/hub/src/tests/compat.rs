//! Both APIs: searches, their errors, and what falcosidekick's page is asked.

use peregrine_testkit::Folder;

use super::client::{Client, encoded};
use super::{body, parse, search_all, start, wait_for};

#[test]
fn the_api_says_what_is_there_and_how_exact_it_is() {
    let folder = Folder::new("hub-api");
    let hub = start(folder.path());
    let mut client = Client::new(hub.ingest());
    for number in 0..60 {
        assert_eq!(client.post("/", body(number).as_bytes()).unwrap().status, 200);
    }
    let mut client = Client::new(hub.page());
    wait_for(&mut client, 60);
    assert_eq!(search_all(&mut client, "hostname = web-1 and rule = \"Rule 1\"").len(), 4);
    assert_eq!(search_all(&mut client, "财务").len(), 60);
    assert_eq!(search_all(&mut client, "priority < warning").len(), 0);
    let page = client.get_json("/api/v2/search/hits?limit=7");
    assert_eq!(page["hits"].as_array().unwrap().len(), 7);
    assert_eq!((&page["exactness"], page["next"].is_string()), (&parse("\"exact\""), true));
    let id = page["hits"][0]["id"].as_str().unwrap();
    assert_eq!(client.get(&format!("/api/v2/alerts/{id}")).text(), body(59));
    let q = encoded("财务");
    let filter = encoded("hostname = \"web-1\" and not rule = \"Rule 1\"");
    let page = client.get_json(&format!("/api/v2/search/hits?q={q}&filter={filter}"));
    assert_eq!(page["hits"].as_array().unwrap().len(), 16);
    let q = encoded("rule = \"Rule 2\"");
    let bars = client.get_json(&format!("/api/v2/search/histogram?q={q}&bars=10"));
    assert_eq!((bars["total"].as_u64(), &bars["exactness"]), (Some(12), &parse("\"exact\"")));
    assert_eq!(bars["step_s"], 10);
    let facets = client.get_json(&format!("/api/v2/search/facets?q={q}&kinds=host,process"));
    assert_eq!(facets["counted"], 12);
    assert_eq!(facets["facets"]["host"].as_array().unwrap().len(), 3);
    let window = "from=2026-01-31T10:00:10Z&to=2026-01-31T10:00:20Z";
    let bars = client.get_json(&format!("/api/v2/search/histogram?{window}"));
    assert_eq!(bars["total"], 10);
    let mut fails = |path: &str, status: u16, part: &str| {
        let answer = client.get(path);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(answer.text().contains(part), "{path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    };
    let wrong = encoded("rule = x and proc.nmae = y");
    fails(&format!("/api/v2/search/hits?q={wrong}"), 400, "\"line\":1,\"column\":14");
    fails("/api/v2/search/hits?limit=0", 400, "from 1 to 1000");
    fails("/api/v2/search/hits?nosuch=1", 400, "nosuch");
    fails("/api/v2/search/hits?from=yesterday", 400, "`from` is `yesterday`");
    fails("/api/v2/search/facets?kinds=shoe", 400, "`shoe` is no facet");
    fails("/api/v2/alerts/5", 404, "no alert 5");
    fails("/api/v2/alerts/x", 400, "number");
    fails("/nosuch", 404, "nothing at this path");
    let answer = client.get("/");
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
    let tag = answer.header("etag").unwrap().to_owned();
    let answer = client.ask("GET", "/", &[("if-none-match", &tag)], b"").unwrap();
    assert_eq!((answer.status, answer.body.len()), (304, 0));
    assert_eq!(
        client.get("/app/main.js").header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    hub.stop();
}

#[test]
fn falcosidekicks_page_has_its_api() {
    let folder = Folder::new("hub-webui");
    let hub = start(folder.path());
    let mut client = Client::new(hub.page());
    let mut fields = parse(&body(0));
    fields["time"] = serde_json::json!("2026-01-31T09:00:00Z");
    fields["uuid"] = serde_json::json!("0b0e0e0a-0000-4000-8000-000000000000");
    fields["tags"] = serde_json::json!([]);
    for (path, event) in
        [("/", body(1)), ("/api/v1/", body(2)), ("/api/v1/events/add", fields.to_string())]
    {
        let sent = format!("{{\"event\":{event},\"outputs\":[\"Slack\"]}}");
        let answer = client.post(path, sent.as_bytes()).unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (200, "\"{}\"\n"), "{path}");
    }
    wait_for(&mut client, 3);
    let mut check = |path: &str, expected: &str| {
        let answer = client.get(path);
        assert_eq!((answer.status, parse(&answer.text())), (200, parse(expected)), "{path}");
    };
    check("/api/v1/events/count", r#"{"statistics":{"all":3}}"#);
    check("/api/v1/events/count?rule=Rule%201,Rule%202", r#"{"statistics":{"all":2}}"#);
    check("/api/v1/events/count?priority=debug", r#"{"statistics":{}}"#);
    check("/api/v1/events/count?tags=null", r#"{"statistics":{"all":1}}"#);
    check("/api/v1/events/count?tags=a&hostname=web-1,x", r#"{"statistics":{"all":1}}"#);
    check("/api/v1/events/count?filter=FILE%202%20opened", r#"{"statistics":{"all":1}}"#);
    check("/api/v1/events/count?since=1s", r#"{"statistics":{}}"#);
    check(
        "/api/v1/events/count/rule",
        r#"{"results":{"Rule 0":1,"Rule 1":1,"Rule 2":1},"statistics":{"distincts":3,"all":3}}"#,
    );
    check(
        "/api/v1/events/count/tags",
        r#"{"results":{"a":2,"b":2},"statistics":{"distincts":2,"all":3}}"#,
    );
    check("/api/v1/events/count/priority?rule=none", r#"{"results":{},"statistics":{}}"#);
    check("/api/v1/events/search?rule=none", r#"{"results":[],"statistics":{}}"#);
    check("/api/v1/outputs", r#"["Slack"]"#);
    check("/api/v1/healthz", r#"{"status":"ok"}"#);
    let page = client.get_json("/api/v1/events/search?page=2&limit=2");
    assert_eq!(page["statistics"], parse(r#"{"returned":1,"all":3}"#));
    let event = &page["results"][0];
    assert_eq!(event["uuid"], fields["uuid"]);
    assert_eq!(event["output"], "file 0 opened 财务");
    assert_eq!(event["time"], fields["time"]);
    let page = client.get_json("/api/v1/events/search?limit=2");
    let event = &page["results"][0];
    assert_eq!(
        (&event["output_fields"]["n"], &event["tags"]),
        (&parse("2"), &parse("[\"a\",\"b\"]"))
    );
    assert_eq!(event["uuid"].as_str().map(str::len), Some(36));
    let answer = client.get("/api/v1/events/count/shoe");
    assert_eq!(answer.status, 400);
    assert_eq!(
        parse(&answer.text()),
        parse(r#"{"message":"code=400, message=wrong Group By field"}"#)
    );
    for path in ["/api/v1/auth", "/api/v1/authenticate"] {
        let answer = client.post(path, b"").unwrap();
        assert_eq!((answer.status, parse(&answer.text())), (200, parse("\"authorized\"")));
    }
    hub.stop();
}
