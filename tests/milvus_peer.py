"""A Milvus server for tests: milvus-lite's, in a process of its own, over gRPC.

    python -m tests.milvus_peer DATA PORT [TOKEN] [SECONDS]

milvus-lite does not take several writers at once (it says so itself), so calls are served one at a time, as if each
were a transaction. With a TOKEN, whoever comes without it is sent away, as Milvus does; each call takes SECONDS.
"""

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socket import create_connection, socket

ROOT = Path(__file__).parent.parent


def serve(data: str, port: int, token: str, seconds: float) -> None:
    import grpc
    from milvus_lite.adapter.grpc.servicer import MilvusServicer
    from milvus_lite.db import MilvusLite
    from pymilvus.grpc_gen import milvus_pb2_grpc

    class Door(grpc.ServerInterceptor):  # type: ignore[misc]
        def intercept_service(self, proceed, call):  # type: ignore[no-untyped-def]
            time.sleep(seconds)
            said = dict(call.invocation_metadata).get("authorization", "")
            if token and base64.b64decode(said).decode() != token:
                return grpc.unary_unary_rpc_method_handler(
                    lambda request, context: context.abort(
                        grpc.StatusCode.UNAUTHENTICATED, "auth check failure, please check api key is correct"
                    )
                )
            return proceed(call)

    most = [(f"grpc.max_{way}_message_length", 256 << 20) for way in ("receive", "send")]
    # pymilvus asks every ten seconds whether we are here; gRPC takes that for an attack unless it is told.
    most += [("grpc.http2.max_ping_strikes", 0), ("grpc.keepalive_permit_without_calls", 1)]
    server = grpc.server(ThreadPoolExecutor(1), interceptors=[Door()], options=[*most, ("grpc.so_reuseport", 0)])
    milvus_pb2_grpc.add_MilvusServiceServicer_to_server(MilvusServicer(MilvusLite(data)), server)
    if not server.add_insecure_port(f"127.0.0.1:{port}"):
        sys.exit(f"port {port} is taken")
    server.start()
    parent = os.getppid()
    while os.getppid() == parent:  # whoever wanted us may have been killed
        server.wait_for_termination(timeout=1.0)


class Peer:
    """A server that can be killed and started again over the same data."""

    def __init__(self, data: Path, token: str = "", seconds: float = 0.0) -> None:
        self.data = data
        self.port = _free_port()
        self._options = [token, str(seconds)]
        self._process: subprocess.Popen[bytes] | None = None

    def address(self, name: str) -> str:
        return f"milvus://127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.milvus_peer", str(self.data), str(self.port), *self._options]
        log = (self.data.parent / f"{self.data.name}.log").open("ab")
        with log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        _until(lambda: _answers(self.port), 60)

    def kill(self) -> None:
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


def _until(done: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.05)


def _answers(port: int) -> bool:
    try:
        create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    arguments = [*sys.argv[1:], "", "0"][:4] if len(sys.argv) < 5 else sys.argv[1:5]
    serve(arguments[0], int(arguments[1]), arguments[2], float(arguments[3] or 0))
