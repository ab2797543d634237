#!/usr/bin/env python3
"""Runs edxaws against emulators whose authors never saw it; `localstack/differences.toml` is the data.

    second_opinions.py [OPINION...]   run all opinions, or these
    second_opinions.py --write        write the emulators' tables into localstack/DIFFERENCES.md

Between edxaws and an emulator stands a small proxy. It sends each service to the emulator that the
opinion names, counts the operations, and sets right the answers that `differences.toml` says are
wrong. An entry that is no longer needed fails the run.
"""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parent.parent
VENVS = ROOT / "target/second-opinions"
PROFILE = ROOT / "tests/second-opinion.toml"
DIFFERENCES = ROOT / "localstack/DIFFERENCES.md"
DATA = tomllib.loads((ROOT / "localstack/differences.toml").read_text())
ACCOUNT = "123456789012"
SERVERS = {
    "moto": (["bin/moto_server", "-H", "127.0.0.1", "-p", "{port}"],
             {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true", "MOTO_ACM_VALIDATION_WAIT": "2"}),
    "ministack": (["bin/ministack"],
                  {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": "{port}",
                   "MINISTACK_ACCOUNT_ID": ACCOUNT, "DOCKER_HOST": "tcp://127.0.0.1:9"}),
}
SCOPE = re.compile(r"Credential=([^/]+)/[^/]*/([^/]*)/([^/]*)/aws4_request")

# Seconds for one edxaws command; they take under ten.
PATIENCE = 50

failures: list[str] = []


def say(text: str) -> None:
    print(text, flush=True)


def check(what: str, good: bool, detail: str = "") -> bool:
    say(f"  {'ok    ' if good else 'FAILED'} {what}{': ' + detail if detail else ''}")
    if not good:
        failures.append(what)
    return good


# --- emulators -----------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Emulator:
    """One emulator process, empty, on a free loopback port."""

    def __init__(self, name: str, folder: Path):
        command, variables = SERVERS[name]
        self.name, self.port = name, free_port()
        fill = lambda text: text.format(port=self.port)
        command = [str(VENVS / name / command[0]), *map(fill, command[1:])]
        environment = {**os.environ, **{key: fill(value) for key, value in variables.items()}}
        self.log = open(folder / f"{name}.log", "w")
        self.process = subprocess.Popen(command, env=environment, cwd=folder, stdout=self.log,
                                        stderr=subprocess.STDOUT)
        self.url = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise SystemExit(f"{name} does not start: see {self.log.name}")
                time.sleep(0.1)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()

    def ask(self, method: str, path: str, headers: dict, body: bytes) -> tuple[int, list, bytes]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            link.request(method, path, body, headers)
            answer = link.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            link.close()


# --- differences ---------------------------------------------------------------------------------


class Correction:
    """An answer of an emulator that is set right on its way."""

    def __init__(self, entry: dict):
        self.emulator, self.service = entry["emulator"], entry["service"]
        self.request = re.compile(entry["request"], re.S)
        self.find, self.put = re.compile(entry["find"], re.S), entry["put"]
        self.status, self.title = entry.get("status"), title(entry)
        self.asked = self.used = 0

    def apply(self, request: str, status: int, body: bytes) -> tuple[int, bytes]:
        if not self.request.search(request):
            return status, body
        self.asked += 1
        text, times = self.find.subn(self.put, body.decode("utf-8", "replace"))
        if not times:
            return status, body
        self.used += 1
        return self.status or status, text.encode()


class Recall:
    """What an emulator forgets, put back into its answers: named groups of `request` are kept under
    the `key` that `find` reads from the answer, and filled into `put` from then on."""

    def __init__(self, entry: dict):
        self.emulator, self.service, self.title = entry["emulator"], entry["service"], title(entry)
        self.request, self.find = re.compile(entry["request"], re.S), re.compile(entry["find"], re.S)
        self.put = entry["recall"]
        self.known: dict[str, dict] = {}
        self.asked = self.used = 0

    def apply(self, request: str, status: int, body: bytes) -> tuple[int, bytes]:
        matched = self.request.search(request)
        if not matched:
            return status, body
        self.asked += 1
        wishes = {name: value for name, value in matched.groupdict().items() if value is not None}

        def fill(found: re.Match) -> str:
            if wishes:
                self.known[found["key"]] = wishes
            known = self.known.get(found["key"])
            if known is None:
                return found[0]
            self.used += 1
            return self.put.format(**known, **found.groupdict())

        return status, self.find.sub(fill, body.decode("utf-8", "replace")).encode()


class Echo:
    """What was asked for and an emulator forgets, put back into its JSON answers."""

    def __init__(self, entry: dict):
        self.emulator, self.service, self.title = entry["emulator"], entry["service"], title(entry)
        self.request, self.within = re.compile(entry["request"]), entry["within"]
        self.key, self.fields = entry["key"], entry["remember"]
        self.asked_for: dict[str, dict] = {}
        self.asked = self.used = 0

    def apply(self, request: str, status: int, body: bytes) -> tuple[int, bytes]:
        if not self.request.search(request):
            return status, body
        _, _, sent = request.partition(" {")
        if sent and self.key in (wishes := json.loads("{" + sent)):
            fields = {field: wishes[field] for field in self.fields if field in wishes}
            self.asked_for[wishes[self.key]] = fields
        answer = json.loads(body) if status < 300 else {}
        thing = answer.get(self.within)
        if thing is None:
            return status, body
        self.asked += 1
        lacking = {field: value for field, value in self.asked_for.get(thing[self.key], {}).items()
                   if not thing.get(field)}
        if not lacking:
            return status, body
        self.used += 1
        thing |= lacking
        return status, json.dumps(answer).encode()


def title(entry: dict) -> str:
    return f"{entry['emulator']}, {entry['where']}"


def differences(emulators: set[str]) -> list[dict]:
    return [entry for entry in DATA["difference"] if entry["emulator"] in emulators]


def probe(entry: dict, emulator: Emulator) -> None:
    """Shows that an excluded part is still missing or wrong in the emulator."""
    asked = entry["probe"]
    signature = f"AWS4-HMAC-SHA256 Credential=probe/20260101/us-east-1/{entry['service']}/aws4_request"
    headers = {"Authorization": signature + ", SignedHeaders=host, Signature=0"}
    body = asked.get("body", "")
    if body:
        json_body = body.startswith("{")
        headers["Content-Type"] = "application/json" if json_body else "application/x-www-form-urlencoded"
    headers |= asked.get("headers", {})
    status, _, answer = emulator.ask(asked["method"], asked["path"], headers, body.encode())
    shown = f"{status} {answer.decode('utf-8', 'replace')}"
    still = re.search(asked["shows"], shown, re.S) is not None
    detail = "" if still else f"no longer needed, the answer is {shown[:200]}"
    check(f"still so: {title(entry)}", still, detail)


# --- the proxy -----------------------------------------------------------------------------------


class Proxy:
    """One endpoint for all services of an opinion."""

    def __init__(self, default: Emulator, routes: dict[str, Emulator], corrections: list):
        self.default, self.routes, self.corrections = default, routes, corrections
        self.calls: dict[tuple[str, str], int] = {}
        self.trouble: dict[tuple[str, str, int], str] = {}
        self.lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                proxy.forward(self)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = forward

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *about):
                # A client that failed leaves without hearing the other answers.
                if not isinstance(sys.exc_info()[1], ConnectionError):
                    super().handle_error(*about)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forward(self, incoming: BaseHTTPRequestHandler) -> None:
        body = incoming.rfile.read(int(incoming.headers.get("Content-Length") or 0))
        scope = SCOPE.search(incoming.headers.get("Authorization", ""))
        service = scope.group(3) if scope else ""
        emulator = self.routes.get(service, self.default)
        headers = {key: value for key, value in incoming.headers.items()
                   if key.lower() not in ("connection", "transfer-encoding")}
        status, kept, answer = emulator.ask(incoming.command, incoming.path, headers, body)
        target = incoming.headers.get("X-Amz-Target", "")
        request = f"{incoming.command} {incoming.path} {target} {body.decode('utf-8', 'replace')}"
        with self.lock:
            for one in self.corrections:
                if one.service == service and one.emulator == emulator.name:
                    status, answer = one.apply(request, status, answer)
            name = operation(incoming, body)
            self.calls[(service, name)] = self.calls.get((service, name), 0) + 1
            if status >= 400:
                self.trouble[(service, name, status)] = answer.decode("utf-8", "replace")[:300]
        incoming.send_response_only(status)
        for key, value in kept:
            if key.lower() not in ("connection", "transfer-encoding", "content-length", "keep-alive"):
                incoming.send_header(key, value)
        length = dict((k.lower(), v) for k, v in kept).get("content-length", "0")
        head = incoming.command == "HEAD"
        incoming.send_header("Content-Length", length if head else str(len(answer)))
        incoming.end_headers()
        if not head:
            incoming.wfile.write(answer)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def operation(incoming: BaseHTTPRequestHandler, body: bytes) -> str:
    """A name for the summary: the action where the protocol has one, else method and shape."""
    target = incoming.headers.get("X-Amz-Target")
    action = re.search(rb"(?:^|&)Action=(\w+)", body)
    if target or action:
        return target.rsplit(".", 1)[-1] if target else action.group(1).decode()
    path, _, query = incoming.path.partition("?")
    parts = ["*" if index and re.search(r"[\d%]|edxaws", part) else part
             for index, part in enumerate(path.split("/"))]
    flags = "&".join(sorted(part.split("=")[0] for part in query.split("&") if part))
    return f"{incoming.command} {'/'.join(parts)}{'?' + flags if flags else ''}"


# --- what exists ---------------------------------------------------------------------------------

INVENTORY = [
    ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    ("ec2", "describe_subnets", "Subnets", "SubnetId"),
    ("ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    ("ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    ("ec2", "describe_addresses", "Addresses", "AllocationId"),
    ("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("ec2", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateId"),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
    ("iam", "list_roles", "Roles", "Arn"),
    ("iam", "list_users", "Users", "Arn"),
    ("eks", "list_clusters", "clusters", None),
    ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    ("rds", "describe_db_clusters", "DBClusters", "DBClusterIdentifier"),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    ("elasticache", "describe_replication_groups", "ReplicationGroups", "ReplicationGroupId"),
    ("elasticache", "describe_cache_subnet_groups", "CacheSubnetGroups", "CacheSubnetGroupName"),
    ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerArn"),
    ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupArn"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("route53", "list_hosted_zones", "HostedZones", "Id"),
    ("acm", "list_certificates", "CertificateSummaryList", "CertificateArn"),
    ("secretsmanager", "list_secrets", "SecretList", "ARN"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("ecr", "describe_repositories", "repositories", "repositoryName"),
    ("backup", "list_backup_vaults", "BackupVaultList", "BackupVaultName"),
    ("cloudfront", "list_distributions", "DistributionList.Items", "Id"),
]
GONE = {"deleted", "deleting", "terminated"}
# Service-linked roles belong to the account and stay, as they do in AWS.
STAYS = re.compile(r":role/aws-service-role/")


def inventory(proxy: Proxy) -> dict[str, set[str]]:
    """By call, the ids of what is there; asked through boto3, not through edxaws."""
    config = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"})
    found = {}
    for service, call, where, identifier in INVENTORY:
        client = boto3.client(service, endpoint_url=proxy.url, region_name="us-east-1", config=config,
                              aws_access_key_id="inventory", aws_secret_access_key="inventory")
        arguments = {"Filter" if call == "describe_nat_gateways" else "Filters": []} if service == "ec2" else {}
        answer = getattr(client, call)(**arguments)
        for part in where.split("."):
            answer = answer.get(part) or []
        ids = {one if identifier is None else one[identifier] for one in answer
               if identifier is None or str(one.get("State", "")).lower() not in GONE}
        found[f"{service} {call}"] = {one for one in ids if not STAYS.search(one)}
    return found


# --- one opinion ---------------------------------------------------------------------------------


def user(proxy: Proxy) -> dict[str, str]:
    """Keys of an IAM user: edxaws refuses to work as the account's root."""
    iam = boto3.client("iam", endpoint_url=proxy.url, region_name="us-east-1",
                       aws_access_key_id="second", aws_secret_access_key="second")
    iam.create_user(UserName="second-opinion")
    key = iam.create_access_key(UserName="second-opinion")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def edxaws(name: str, environment: dict, folder: Path, *arguments: str, wanted: int = 0) -> bool:
    began = time.monotonic()
    binary = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug/edxaws"
    log = folder / f"{arguments[0]}.log"
    with open(log, "w") as file:
        try:
            code = subprocess.run([binary, *arguments], env=environment, cwd=ROOT, stdout=file,
                                  stderr=subprocess.STDOUT, timeout=PATIENCE).returncode
        except subprocess.TimeoutExpired:
            code = f"none after {PATIENCE} s"
    good = check(f"edxaws {arguments[0]}", code == wanted,
                 f"{time.monotonic() - began:.0f} s" if code == wanted else f"exit code {code}")
    if not good:
        lines = [line for line in log.read_text().splitlines()
                 if not re.search(r"\b(skipped|done|started|doing)\b", line)]
        say("\n".join(f"         {line[:300]}" for line in lines[-40:]))
    return good


def opinion(name: str, rules: dict, folder: Path) -> None:
    say(f"== {name}: {rules['what']}")
    folder = folder / name
    folder.mkdir()
    began = time.monotonic()
    names = {rules["default"], *rules.get("routes", {}).values()}
    emulators = {one: Emulator(one, folder) for one in sorted(names)}
    entries = [entry for entry in differences(names)
               if name in entry.get("opinions", [name])]
    corrections = [Correction(entry) for entry in entries if "put" in entry]
    corrections += [Recall(entry) for entry in entries if "recall" in entry]
    corrections += [Echo(entry) for entry in entries if "remember" in entry]
    routes = {service: emulators[one] for service, one in rules.get("routes", {}).items()}
    proxy = Proxy(emulators[rules["default"]], routes, corrections)
    try:
        journey(name, rules, entries, proxy, folder)
        for one in corrections:
            check(f"still so: {one.title}", one.used > 0,
                  "" if one.used else f"no longer needed ({one.asked} answers were right)")
        for entry in entries:
            if "probe" in entry:
                probe(entry, emulators[entry["emulator"]])
            elif "exclude" in entry:
                check(f"a probe for {title(entry)}", False, "an exclusion needs one")
    finally:
        proxy.stop()
        for one in emulators.values():
            one.stop()
        report = {"calls": {" ".join(key): count for key, count in sorted(proxy.calls.items())},
                  "errors": {" ".join(map(str, key)): text for key, text in sorted(proxy.trouble.items())}}
        (folder / "calls.json").write_text(json.dumps(report, indent=1))
    services = len({service for service, _ in proxy.calls})
    say(f"  {sum(proxy.calls.values())} calls, {len(proxy.calls)} operations of {services} services, "
        f"{time.monotonic() - began:.0f} s")


def journey(name: str, rules: dict, entries: list[dict], proxy: Proxy, folder: Path) -> None:
    """up, plan (nothing to do), destroy, and nothing is left."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    environment |= {
        "AWS_ENDPOINT_URL": proxy.url, "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "EDXAWS_PROFILE": str(PROFILE), "EDXAWS_STATE": str(folder / "state"),
        "EDXAWS_SANDBOX_SCALE": "60", **user(proxy),
    }
    leave_out = [one for entry in entries for one in entry.get("exclude", [])]
    narrow = [word for one in leave_out for word in ("--exclude", one)]
    before = inventory(proxy)
    if not edxaws(name, environment, folder, "up", "--yes", *narrow):
        edxaws(name, environment, folder, "plan", *narrow)
        say((folder / "plan.log").read_text())
    else:
        grown = sum(len(ids - before[key]) for key, ids in inventory(proxy).items())
        made = sum(1 for _ in json.loads((folder / "state/second.json").read_text())["records"])
        check("made", grown >= rules["at_least"], f"{made} resources, {grown} of them counted by boto3")
        edxaws(name, environment, folder, "plan", "--detailed-exitcode", *narrow)
    edxaws(name, environment, folder, "destroy", "--yes", "--delete-data", "--lift-protection", *narrow)
    after = inventory(proxy)
    left = {key: sorted(ids - before[key]) for key, ids in after.items() if ids - before[key]}
    for entry in entries:
        if "leaves" in entry:
            there = left.pop(entry["leaves"], [])
            check(f"still so: {title(entry)}", bool(there), "" if there else "no longer needed")
    check("nothing is left", not left, json.dumps(left) if left else "")


# --- the document --------------------------------------------------------------------------------

BEGIN, END = "<!-- from differences.toml -->\n", "<!-- end -->\n"


def document() -> str:
    """DIFFERENCES.md with the emulators' tables as the data has them."""
    tables = []
    for name, about in DATA["emulator"].items():
        rows = [f"## {about['title']}", "| where | what | AWS | in the run |", "|---|---|---|---|"]
        for entry in DATA["difference"]:
            if entry["emulator"] == name:
                what, aws = entry["what"], f"[{entry['aws']}]({entry['source']})"
                rows.append(f"| {entry['where']} | {what} | {aws} | {remedy(entry)} |")
        rows += [f"| {note['where']} | {note['what']} | | {note.get('seen', 'survey of 2026')}; not checked |"
                 for note in DATA["note"] if note["emulator"] == name]
        tables.append("\n".join(rows) + "\n")
    text = DIFFERENCES.read_text()
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n".join(tables) + END + rest.split(END)[1]


def remedy(entry: dict) -> str:
    if "exclude" in entry:
        return "left out: " + ", ".join(f"`{one}`" for one in entry["exclude"])
    return "passed over" if "leaves" in entry else "set right"


def main() -> int:
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    if sys.argv[1:] == ["--write"]:
        DIFFERENCES.write_text(document())
        return 0
    check("DIFFERENCES.md says what differences.toml says (else: --write)",
          DIFFERENCES.read_text() == document())
    folder = Path(tempfile.mkdtemp(prefix="second-opinions-"))
    chosen = sys.argv[1:] or list(DATA["opinion"])
    for name in chosen:
        opinion(name, DATA["opinion"][name], folder)
    if failures:
        say(f"{len(failures)} failed: {'; '.join(failures)}\nlogs: {folder}")
        return 1
    say("all second opinions agree, but for what localstack/differences.toml lists")
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
