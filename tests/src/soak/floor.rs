//! nginx between callers and BACEN's side: mutual TLS, connections that are kept, and nothing else. What it takes is the floor.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Instant;

use super::bacen::Bacen;
use crate::live::Addresses;

const START: Duration = Duration::from_secs(10);

/// The process.
pub(super) struct Floor {
    child: Child,
    pub(super) at: Addresses,
}

impl Floor {
    pub(super) fn start(nginx: &Path, pki: &Path, bacen: &Bacen, folder: &Path) -> Self {
        let at = Addresses { spi: free(), dict: free() };
        let configuration = folder.join("nginx.conf");
        fs::write(&configuration, text(pki, bacen, folder, at)).unwrap();
        let child = Command::new(nginx)
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(&configuration)
            .args(["-e", "stderr"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let floor = Self { child, at };
        let begin = Instant::now();
        while [at.spi, at.dict].iter().any(|address| TcpStream::connect(address).is_err()) {
            assert!(begin.elapsed() < START, "nginx does not start");
            sleep(Duration::from_millis(20));
        }
        floor
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        // By its own signal, so that its workers end with it.
        drop(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status());
        drop(self.child.wait());
    }
}

fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

fn text(pki: &Path, bacen: &Bacen, folder: &Path, at: Addresses) -> String {
    let (pki, folder) = (pki.display(), folder.display());
    let server = |name: &str, listens: SocketAddr, port: u16| {
        format!(
            "upstream {name} {{ server 127.0.0.1:{port}; keepalive 512; }}\n\
             server {{ listen {listens}; location / {{ proxy_pass https://{name}; }} }}\n"
        )
    };
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {folder}/{kind};\n"))
        .concat();
    let servers = [server("spi", at.spi, bacen.spi), server("dict", at.dict, bacen.dict)].concat();
    format!(
        "daemon off; master_process on; worker_processes auto; pid {folder}/nginx.pid; error_log stderr error;\n\
         events {{ worker_connections 4096; }}\n\
         http {{ access_log off; tcp_nodelay on; keepalive_requests 1000000; client_body_buffer_size 1m;\n\
         {temporary}\
         proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Host localhost;\n\
         proxy_ssl_certificate {pki}/psp-channel.pem; proxy_ssl_certificate_key {pki}/psp-channel.key;\n\
         proxy_ssl_trusted_certificate {pki}/ca.pem; proxy_ssl_verify on; proxy_ssl_name localhost;\n\
         proxy_ssl_server_name on; proxy_ssl_protocols TLSv1.2 TLSv1.3;\n\
         {servers}}}\n"
    )
}
