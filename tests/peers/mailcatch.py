"""A mail server that keeps what it is given: every message becomes an .eml file.

    mailcatch.py PORT [FOLDER]

Run it with the Python of the peer cache (install.sh mail). It prints READY, then one JSON line for each
message: {"file", "from", "to"}. Addresses that begin with `tempfail` are answered 451, `nouser` 550,
`greylist` 451 the first time and accepted afterwards; `slow` waits three seconds. It ends when its
standard input closes, so that a test that dies takes it along.
"""

import asyncio
import json
import sys
from pathlib import Path

CACHE_HINT = "aiosmtpd is missing: run tests/peers/install.sh mail and use the Python of the peer cache"
try:
    from aiosmtpd.controller import Controller
except ImportError:
    sys.exit(CACHE_HINT)


class Catcher:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.caught = 0
        self.grey: set[str] = set()

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address.startswith("tempfail"):
            return "451 4.3.0 try again later"
        if address.startswith("nouser"):
            return "550 5.1.1 no such user"
        if address.startswith("greylist") and address not in self.grey:
            self.grey.add(address)
            return "451 4.7.1 greylisted, try again later"
        if address.startswith("slow"):
            await asyncio.sleep(3)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        self.caught += 1
        file = self.folder / f"{self.caught:05}.eml"
        # Renamed into place, so that a test never reads half a message.
        part = file.with_suffix(".part")
        part.write_bytes(envelope.content)
        part.rename(file)
        seen = {"file": str(file), "from": envelope.mail_from, "to": envelope.rcpt_tos}
        print(json.dumps(seen), flush=True)
        return "250 queued"


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit("usage: mailcatch.py PORT [FOLDER]")
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else "mail")
    folder.mkdir(parents=True, exist_ok=True)
    controller = Controller(Catcher(folder), hostname="127.0.0.1", port=int(sys.argv[1]))
    controller.start()
    print("READY", flush=True)
    try:
        sys.stdin.read()
    except KeyboardInterrupt:
        pass
    controller.stop()


if __name__ == "__main__":
    main()
