"""An OpenID Connect issuer on loopback, behind TLS with a certificate authority of its own, and a
proxy by which it is reached under any name."""

import json
import select
import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from tests.federation.identities import private_key


class Issuer:
    """`pages`, `redirects` and `hanging` go by path; `asked` holds path and user agent."""

    def __init__(self, folder, host="localhost"):
        self.pages, self.redirects, self.hanging, self.asked = {}, {}, set(), []
        self.authority, chain = _certificates(folder, host)
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"https://{host}:{self.port}"
        self.keys_url = ""

    def publish(self, url, keys, keys_url=None):
        """Serve a discovery document for the issuer's URL, and its keys."""
        self.keys_url = keys_url or f"{self.url}/jwks"
        path = "/" + url.split("/", 3)[3] if url.count("/") > 2 else ""
        document = {"issuer": url, "jwks_uri": self.keys_url}
        self.pages[f"{path}/.well-known/openid-configuration"] = json.dumps(document).encode()
        self.pages["/jwks"] = keys.encode()

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self):
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked.append((self.path, self.headers["User-Agent"]))
                if self.path in issuer.hanging:
                    issuer._ended.wait(20)
                elif self.path in issuer.redirects:
                    self.send_response(302)
                    self.send_header("Location", issuer.redirects[self.path])
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif self.path in issuer.pages:
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(issuer.pages[self.path])))
                    self.end_headers()
                    self.wfile.write(issuer.pages[self.path])
                else:
                    self.send_error(404)

            def log_message(self, *_):
                pass

        return Handler


class Proxy:
    """An HTTP proxy that takes every CONNECT to one port on loopback."""

    def __init__(self, port):
        self._target, self._listener = port, socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.asked = []

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _serve(self):
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client):
        with (
            suppress(OSError),
            client,
            socket.create_connection(("127.0.0.1", self._target)) as server,
        ):
            said = b""
            while b"\r\n\r\n" not in said:
                said += client.recv(4096)
            self.asked.append(said.split(b" ", 2)[1].decode())
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                for one in select.select([client, server], [], [])[0]:
                    data = one.recv(65536)
                    if not data:
                        return
                    (server if one is client else client).sendall(data)


def _certificates(folder, host):
    """The files of a certificate authority, and of the issuer's key with its certificate."""
    now = datetime.now(UTC)
    root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    authority = _certificate(root, root, "authority", now, x509.BasicConstraints(True, None))
    leaf = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    certificate = _certificate(leaf, root, "issuer", now, names)
    (folder / "authority.pem").write_bytes(authority.public_bytes(Encoding.PEM))
    key = private_key("tls issuer").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "issuer.pem").write_bytes(key + certificate.public_bytes(Encoding.PEM))
    return folder / "authority.pem", folder / "issuer.pem"


def _certificate(subject, signer, name, now, extension):
    authority = private_key("tls authority")
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer)
        .public_key(private_key(f"tls {name}").public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(extension, critical=name == "authority")
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(private_key(f"tls {name}").public_key()),
            critical=False,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()),
            critical=False,
        )
    )
    if name == "authority":
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(authority, hashes.SHA256())
