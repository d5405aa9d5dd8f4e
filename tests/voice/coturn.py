"""A real TURN server for tests: coturn on the loopback."""

from pathlib import Path

from tests.services import Service, free_port, program

SECRET = "what Eclipse and its TURN server know"


class Coturn(Service):
    """A coturn on a free port that takes the credentials of `SECRET`; `urls` are as Eclipse's settings want them."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        options = {
            "listening-ip": "127.0.0.1",
            "listening-port": str(self.port),
            "relay-ip": "127.0.0.1",
            "static-auth-secret": SECRET,
            "realm": "eclipse",
            "pidfile": str(data / "coturn.pid"),
            "userdb": str(data / "coturn.sqlite3"),
            "log-file": "stdout",
        }
        switches = ["-n", "--no-cli", "--no-tls", "--no-dtls", "--use-auth-secret", "--simple-log"]
        # Only here, where everybody is on the loopback: on a server it would open the server's own services.
        switches.append("--allow-loopback-peers")
        settings = [f"--{name}={value}" for name, value in options.items()]
        super().__init__([program("turnserver"), *switches, *settings], ready="SQLite DB connection success")

    @property
    def urls(self) -> list[str]:
        """Over UDP, then over TCP."""
        return [f"turn:127.0.0.1:{self.port}?transport={transport}" for transport in ("udp", "tcp")]
