"""Janus's VideoRoom on the same work: one event loop on the first core, reached as a browser reaches it.

It comes with Debian (`apt install janus`); where it is not installed nothing is compared.
"""

import asyncio
import itertools
import json
import os
import resource
import shutil
import subprocess
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import websockets
from aiortc import RTCCertificate

from bench.caller import Caller, OnRtp
from bench.load import Server, free_port
from bench.party import OPUS, VP8, Mouth
from voice.media.ports import Ports, own_addresses

PROGRAM = shutil.which("janus")
PATIENCE_SECONDS = 20
FILES = 8192


def configure(directory: Path, port: int) -> None:
    """Write a configuration in which there is nothing but rooms and a WebSocket."""
    plugins = next(Path("/usr/lib").glob("*/janus/plugins"))
    unused = [path.name for path in plugins.glob("*.so") if "videoroom" not in path.name]
    transports = plugins.parent / "transports"
    other = [path.name for path in transports.glob("*.so") if "websockets" not in path.name]
    (directory / "janus.jcfg").write_text(
        f"""general: {{
            configs_folder = "{directory}"
            plugins_folder = "{plugins}"
            transports_folder = "{transports}"
            debug_level = 1
            session_timeout = 0
            event_loops = 1
        }}
        media: {{ ipv6 = false }}
        nat: {{ ice_lite = true, ice_enforce_list = "{own_addresses()[0]}", full_trickle = false }}
        plugins: {{ disable = "{",".join(unused)}" }}
        transports: {{ disable = "{",".join(other)}" }}
        """
    )
    (directory / "janus.transport.websockets.jcfg").write_text(
        f'general: {{ ws = true, ws_port = {port}, ws_interface = "lo", ws_ip = "127.0.0.1" }}\nadmin: {{ }}\n'
    )
    (directory / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")


class Janus:
    """A running Janus, and what it is asked."""

    def __init__(self, server: Server, socket: websockets.ClientConnection, certificate: RTCCertificate) -> None:
        self.server = server
        self._socket = socket
        self._certificate = certificate
        self._numbers = itertools.count(1)
        # By handle: set once packets can flow.
        self._up: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())
        self._session = 0
        self._ports = Ports(address=own_addresses()[0])
        self._callers: list[Caller] = []

    async def _read(self) -> None:
        with suppress(websockets.WebSocketException):
            async for text in self._socket:
                message = json.loads(text)
                if message["janus"] == "webrtcup":
                    self._up[message["sender"]].set()
                waiting = self._waiting.get(message.get("transaction", ""))
                # What takes longer is acknowledged first.
                if waiting and not waiting.done() and message["janus"] != "ack":
                    waiting.set_result(message)

    async def _ask(self, what: str, **fields: Any) -> dict[str, Any]:
        number = str(next(self._numbers))
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        session = {"session_id": self._session} if self._session else {}
        await self._socket.send(json.dumps({"janus": what, "transaction": number, **session, **fields}))
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await waiting
        del self._waiting[number]
        if answer["janus"] == "error" or "error" in answer.get("plugindata", {}).get("data", {}):
            raise RuntimeError(f"Janus refused {what}: {answer}")
        return answer

    async def _attach(self) -> int:
        return int((await self._ask("attach", plugin="janus.plugin.videoroom"))["data"]["id"])

    async def _say(self, handle: int, sdp: dict[str, str] | None = None, **body: Any) -> dict[str, Any]:
        fields = {"jsep": {**sdp, "trickle": False}} if sdp else {}
        return await self._ask("message", handle_id=handle, body=body, **fields)

    async def begin(self) -> None:
        self._session = int((await self._ask("create"))["data"]["id"])

    async def open_room(self, room: int) -> None:
        handle = await self._attach()
        await self._say(handle, request="create", room=room, publishers=200, audiocodec="opus", videocodec="vp8")

    async def publish(self, room: int, user: int, *, picture: bool) -> Mouth:
        """Somebody sends."""
        handle = await self._attach()
        await self._say(handle, request="join", ptype="publisher", room=room, id=user)
        ssrcs = [user * 10 + 1, user * 10 + 2][: 2 if picture else 1]
        caller = Caller(self._certificate, ssrcs=ssrcs, ports=self._ports, controls=True)
        ways = await caller.describe("actpass")
        mids = " ".join(map(str, range(len(ssrcs))))
        lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", f"a=group:BUNDLE {mids}", *ways[:4]]
        for mid, ssrc in enumerate(ssrcs):
            kind, number, codec = [("audio", OPUS, "opus/48000/2"), ("video", VP8, "VP8/90000")][mid]
            lines += [f"m={kind} 9 UDP/TLS/RTP/SAVPF {number}", "c=IN IP4 0.0.0.0", f"a=mid:{mid}", "a=sendonly"]
            lines += ["a=rtcp-mux", f"a=rtpmap:{number} {codec}", f"a=ssrc:{ssrc} cname:caller", f"a=msid:x {mid}"]
        offer = "\r\n".join(lines + ways[4:]) + "\r\n"
        answer = await self._say(handle, {"type": "offer", "sdp": offer}, request="publish")
        await caller.connect(answer["jsep"]["sdp"], "client")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._up[handle].wait()
        self._callers.append(caller)
        return Mouth(caller.line, ssrcs[0], ssrcs[1] if picture else 0)

    async def subscribe(self, room: int, users: Sequence[int], hear: OnRtp) -> None:
        """Somebody hears and sees these others."""
        handle = await self._attach()
        feeds = [{"feed": user} for user in users]
        offered = await self._say(handle, request="join", ptype="subscriber", room=room, streams=feeds)
        caller = Caller(self._certificate, hear, ssrcs=(), ports=self._ports, controls=True)
        answer = await caller.answer(offered["jsep"]["sdp"])
        await self._say(handle, {"type": "answer", "sdp": answer}, request="start")
        await caller.connect()
        self._callers.append(caller)

    async def close(self) -> None:
        for caller in self._callers:
            await caller.close()
        self._reader.cancel()
        await self._socket.close()


def settle() -> None:
    """Pin what is about to become Janus to the first core, with no more files than it is used to."""
    os.sched_setaffinity(0, {0})
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))


async def reach(server: Server, certificate: RTCCertificate) -> Janus:
    """Janus, once it answers: it lets people in before it knows what to do with them."""
    protocol = websockets.Subprotocol("janus-protocol")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(OSError, TimeoutError, websockets.WebSocketException):
                socket = await websockets.connect(
                    f"ws://127.0.0.1:{server.port}", subprotocols=[protocol], max_size=None
                )
                janus = Janus(server, socket, certificate)
                async with asyncio.timeout(1):
                    await janus.begin()
                return janus
            await asyncio.sleep(0.2)


@asynccontextmanager
async def running_janus(directory: Path, certificate: RTCCertificate) -> AsyncIterator[Janus]:
    """Janus, pinned to the first core, from the moment that it answers until the block ends."""
    assert PROGRAM is not None
    port = free_port()
    configure(directory, port)
    process = subprocess.Popen(  # noqa: ASYNC220 it takes no time
        [PROGRAM, "--configs-folder", str(directory), "--disable-colors"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=settle,
    )
    try:
        janus = await reach(Server(process.pid, port, directory), certificate)
        try:
            yield janus
        finally:
            await janus.close()
    finally:
        process.terminate()
        process.wait()
