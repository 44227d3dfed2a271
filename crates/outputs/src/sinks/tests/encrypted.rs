//! Each over TLS: a server nobody vouches for gets nothing, one whose certificate is trusted does.

use super::*;

/// A certificate for 127.0.0.1 and its key.
fn certificate(folder: &Folder) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = folder.file("server.crt", &made.cert.pem());
    (certificate, folder.file("server.key", &made.signing_key.serialize_pem()))
}

/// Starts a server that waits until it listens.
fn check(server: &mut Command, port: u16, certificate: &std::path::Path, yaml: &str) {
    let _server = Process::server(server, port);
    let mut strangers = open(&format!("{{{yaml}}}")).unwrap();
    let error = failure(&mut *strangers);
    assert!(error.contains("UnknownIssuer"), "{error}");
    for tls in [format!("ca_cert: '{}'", certificate.display()), "insecure: true".to_owned()] {
        let mut output = open(&format!("{{{yaml}, tls: {{{tls}}}}}")).unwrap();
        deliver_all(&mut *output, vec![plain(1), nasty(2)], 2);
    }
}

#[test]
fn redis_speaks_tls() {
    let Some(program) = program("redis_speaks_tls", "redis-server", "redis-server") else { return };
    let (folder, port) = (Folder::new("redis-tls"), free_port());
    let (certificate, key) = certificate(&folder);
    let mut server = Command::new(program);
    server
        .args(["--port", "0", "--save", "", "--tls-auth-clients", "no", "--tls-port"])
        .arg(port.to_string());
    server.arg("--tls-cert-file").arg(&certificate).arg("--tls-key-file").arg(key);
    server.arg("--dir").arg(&folder.0);
    let yaml = format!("type: redis, server: '127.0.0.1:{port}', encryption: tls");
    check(&mut server, port, &certificate, &yaml);
    let error =
        open(&format!("{{type: redis, server: x, tls: {{ca_cert: '{}'}}}}", certificate.display()));
    assert!(error.err().unwrap().to_string().contains("`encryption: tls`"));
}

#[test]
fn nats_speaks_tls() {
    let Some(program) = program("nats_speaks_tls", "nats-server", "nats-server") else { return };
    let (folder, port) = (Folder::new("nats-tls"), free_port());
    let (certificate, key) = certificate(&folder);
    let mut server = Command::new(program);
    server.args(["-a", "127.0.0.1", "--tls", "-p"]).arg(port.to_string());
    server.arg("--tlscert").arg(&certificate).arg("--tlskey").arg(key);
    let yaml = format!("type: nats, servers: '127.0.0.1:{port}', encryption: tls");
    check(&mut server, port, &certificate, &yaml);
}

#[test]
fn mqtt_speaks_tls() {
    let Some(program) = program("mqtt_speaks_tls", "mosquitto", "mosquitto") else { return };
    let (folder, port) = (Folder::new("mqtt-tls"), free_port());
    let (certificate, key) = certificate(&folder);
    let config = format!(
        "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\ncertfile {}\nkeyfile {}\n",
        certificate.display(),
        key.display()
    );
    let mut server = Command::new(program);
    server.arg("-c").arg(folder.file("mosquitto.conf", &config));
    let yaml = format!("type: mqtt, server: '127.0.0.1:{port}', encryption: tls");
    check(&mut server, port, &certificate, &yaml);
}

#[test]
fn mails_go_over_tls() {
    if !smtp::has_aiosmtpd("mails_go_over_tls") {
        return;
    }
    for encryption in ["starttls", "tls"] {
        let (folder, port) = (Folder::new(&format!("mail-{encryption}")), free_port());
        let (certificate, key) = certificate(&folder);
        let mut server = Command::new(smtp::PYTHON);
        server.arg(folder.file("smtpd.py", smtp::SERVER)).arg(port.to_string());
        server.arg(folder.0.join("mails")).arg(encryption).arg(&certificate).arg(key);
        let yaml = format!(
            "type: smtp, server: '127.0.0.1:{port}', encryption: {encryption}, username: u, password: p, \
             from: a@b.c, to: a@b.c"
        );
        check(&mut server, port, &certificate, &yaml);
    }
}

#[test]
fn s3_speaks_tls() {
    if !s3::has_moto("s3_speaks_tls") {
        return;
    }
    let (folder, port) = (Folder::new("s3-tls"), free_port());
    let (certificate, key) = certificate(&folder);
    let mut server = s3::moto(port);
    server.arg("-c").arg(&certificate).arg("-k").arg(key);
    let _server = Process::server(&mut server, port);
    let yaml = format!(
        "type: s3, bucket: none, endpoint: 'https://127.0.0.1:{port}', access_key: a, secret_key: s"
    );
    let error = failure(&mut *open(&format!("{{{yaml}}}")).unwrap());
    assert!(error.contains("UnknownIssuer"), "{error}");
    let trusted = format!("{{{yaml}, tls: {{ca_cert: '{}'}}}}", certificate.display());
    // It was understood: there is no such bucket.
    let error = failure(&mut *open(&trusted).unwrap());
    assert!(error.contains("has no bucket none"), "{error}");
}
