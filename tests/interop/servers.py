"""PostgreSQL and an S3 server (moto) of a test's own, on a socket in a temporary folder and on free ports of 127.0.0.1, and a proxy that refuses, dawdles or cuts."""

import glob
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

ENVIRONMENT = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}


def binaries():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
    return pathlib.Path(found[-1]) if found else None


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Postgresql:
    def __init__(self, folder):
        # Not in the test's own folder, into which another user may not go, and whose name may be too long for a socket.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="upkeep-postgresql-"))
        self.log_file = pathlib.Path(folder)
        self.log_file.parent.mkdir(exist_ok=True)
        self.prefix = ["setpriv", "--pdeathsig", "QUIT"]
        if os.geteuid() == 0:  # which PostgreSQL refuses to run as
            shutil.chown(self.folder, "nobody", "nogroup")
            self.prefix += ["--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        subprocess.run([*self.prefix, binaries() / "initdb", "-D", self.folder / "data", "-U", "upkeep", "--auth=trust", "-N", "-E", "UTF8", "--locale=C"],
                       check=True, capture_output=True)
        self.start()

    def start(self):
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        self.log = open(self.log_file.with_suffix(".log"), "ab")
        self.process = subprocess.Popen([*self.prefix, binaries() / "postgres", "-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses=", "-c", "fsync=off"],
                                        stdout=self.log, stderr=self.log)
        for _ in range(200):
            if subprocess.run([binaries() / "pg_isready", "-q", "-h", self.folder, "-U", "upkeep"]).returncode == 0:
                return
            time.sleep(0.05)
        raise RuntimeError("PostgreSQL does not start")

    def kill(self):
        self.process.kill()
        self.process.wait()
        time.sleep(0.3)  # its children notice

    def stop(self):
        self.process.send_signal(3)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def psql(self, query, database="postgres"):
        return subprocess.run([binaries() / "psql", "-h", self.folder, "-U", "upkeep", "-d", database, "-AtX", "-v", "ON_ERROR_STOP=1", "-c", query],
                              check=True, capture_output=True, text=True).stdout.strip()

    def database(self, name):
        self.psql(f"CREATE DATABASE {name}")
        return f"postgresql:///{name}?host={self.folder}&user=upkeep"


class ObjectStore:
    def __init__(self, python, log):
        self.port = free_port()
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
                                        stdout=open(log, "ab"), stderr=subprocess.STDOUT)
        for _ in range(600):
            if self.put_bucket():
                return
            time.sleep(0.05)
        raise RuntimeError("moto does not start")

    def put_bucket(self):
        import http.client
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("PUT", "/upkeep")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def stop(self):
        self.process.kill()
        self.process.wait()

    def uri(self, prefix, port=None):
        return f"s3://upkeep/{prefix}?endpoint_override=127.0.0.1:{port or self.port}&scheme=http&region=us-east-1"


class Proxy:
    """Between a client and a server: passes everything on, or refuses, dawdles (a byte at a time), or cuts answers after `cut` bytes."""

    def __init__(self, port):
        self.to, self.mode, self.cut = port, "pass", 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            if self.mode == "refuse":
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self.to))
            threading.Thread(target=self.pump, args=(client, server, self.mode == "cut upload"), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, self.mode == "cut download"), daemon=True).start()

    def pump(self, source, target, cuts):
        passed = 0
        try:
            while data := source.recv(65536):
                if self.mode == "busy" and source.getpeername()[1] != self.to:
                    source.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    break
                if self.mode == "slow":
                    time.sleep(0.3)
                if cuts and passed + len(data) > self.cut:
                    target.sendall(data[:self.cut - passed])
                    break
                target.sendall(data)
                passed += len(data)
        except OSError:
            pass
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def python_with_moto():
    """The Python that has moto: this one, or UPKEEP_TEST_PYTHON."""
    return os.environ.get("UPKEEP_TEST_PYTHON", sys.executable)


def has_moto():
    return subprocess.run([python_with_moto(), "-c", "import moto.server"], capture_output=True).returncode == 0
