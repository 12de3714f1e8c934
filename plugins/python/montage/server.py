"""The life of a plugin's process: handshake, liveness, shutdown."""

import os
import signal
import sys
import threading
from concurrent import futures

import grpc

from .fault import Fault
from .service import Service

_COOKIE = ("MONTAGE_PLUGIN", "2f0c9d6e4b1a")
_VERSION = "2"
_MAX_MESSAGE = 16 << 20
_INHERITED = (3, 4, 5)  # the pipe that ends with the runner, STATE, WORK
_THREADS = 8


def serve(name, version, *components):
    """Serves the components to the runner that started this program, until the runner
    ends. Does not return."""
    _check(name, components)
    if os.environ.get(_COOKIE[0]) != _COOKIE[1]:
        _refuse(f"plugin {name!r} is started by the runner, not by hand",
                f"put it into a plugin folder, or try `runner plugin test {sys.argv[0]}`")
    spoken = os.environ.get("PLUGIN_PROTOCOL_VERSIONS", _VERSION)
    if _VERSION not in spoken.split(","):
        sys.exit(f"plugin {name!r} speaks version {_VERSION} of the protocol, this runner speaks {spoken}")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the runner, which decides what happens to plugins
    for descriptor in _INHERITED:
        _keep(descriptor)
    threading.Thread(target=_end_with_runner, daemon=True).start()
    done = threading.Event()
    server, path = _listen(Service(name, version, components), done)
    _announce(path)
    done.wait()
    server.stop(0.2).wait()
    os._exit(0)  # threads of libraries may not want to end


def _refuse(problem, hint):
    """Ends a program that cannot be a plugin."""
    sys.exit(Fault(problem, hint).text())


def _check(name, components):
    seen = set()
    for component in components:
        identity = (getattr(component, "kind", None), getattr(component, "name", None))
        if identity[0] is None:
            _refuse(f"plugin {name!r}: {component!r} is no component", "decorate it with @montage.loss or another kind")
        if identity in seen:
            sys.exit(f"plugin {name!r}: component {identity[0]}/{identity[1]} is served twice")
        seen.add(identity)
    if not seen:
        sys.exit(f"plugin {name!r} has no components")


def _keep(descriptor):
    """Keeps programs that a component starts from inheriting a file."""
    try:
        os.set_inheritable(descriptor, False)
    except OSError:
        pass  # the runner passes no memory if it only asks for the description


def _end_with_runner():
    """Ends the process when a pipe closes that only the runner holds open."""
    try:
        os.read(_INHERITED[0], 1)
    finally:
        os._exit(0)


def _listen(service, done):
    limits = [("grpc.max_receive_message_length", _MAX_MESSAGE), ("grpc.max_send_message_length", _MAX_MESSAGE)]
    server = grpc.server(futures.ThreadPoolExecutor(_THREADS), options=limits)

    def shutdown(_request, _context):
        done.set()
        return b""

    plain = grpc.unary_unary_rpc_method_handler
    server.add_generic_rpc_handlers((
        grpc.method_handlers_generic_handler("montage.v2.Plugin", service.handlers()),
        grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": plain(lambda _request, _context: b"\x08\x01")}),
        grpc.method_handlers_generic_handler("plugin.GRPCController", {"Shutdown": plain(shutdown)}),
    ))
    path = os.path.join(os.environ["PLUGIN_UNIX_SOCKET_DIR"], f"plugin{os.getpid()}")
    before = os.umask(0o177)
    try:
        server.add_insecure_port("unix:" + path)
        server.start()
    finally:
        os.umask(before)
    return server, path


def _announce(path):
    """Writes the start-up line, then redirects stdout to stderr, because nobody reads
    stdout any more."""
    sys.stdout.write(f"1|{_VERSION}|unix|{path}|grpc\n")
    sys.stdout.flush()
    os.dup2(2, 1)
    sys.stdout = sys.stderr
