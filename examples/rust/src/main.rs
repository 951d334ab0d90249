use tiny_http::{Response, Server};

const VERSION: &str = "1";

fn main() {
    let port = std::env::var("PORT").unwrap_or_else(|_| "8080".to_string());
    let server = Server::http(format!("0.0.0.0:{port}")).expect("the port is free");
    println!("listening on {port}");
    for request in server.incoming_requests() {
        let (status, text) = match request.url() {
            "/" => (200, format!("rust {VERSION}\n")),
            "/healthz" => (200, "ok\n".to_string()),
            _ => (404, "not found\n".to_string()),
        };
        let _ = request.respond(Response::from_string(text).with_status_code(status));
    }
}
