#!/usr/bin/env python3
"""Runs the tests against every mutant of one woven build (see .ci/mutants.sh and .ci/mutants/).

Which tests reach which mutant is recorded once; each mutant is then tried against those alone, the
likeliest to see it first, until one fails. A mutant that none sees must stand in tests/mutants.toml
with a reason; a row there that is seen after all must go.
"""

import argparse
import collections
import concurrent.futures
import datetime
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
SWITCH = re.compile(r"mutation::on\((\d+)\)")
# A mutant that allocates without end must not take the machine with it.
MEMORY = 6 << 30


def run(command, **more):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)


def copy(names, source, target):
    """Only what differs is written, so that only that is built."""
    for name in names:
        original, made = source / name, target / name
        if original.is_file() and (
                not made.is_file() or made.read_bytes() != original.read_bytes()):
            made.parent.mkdir(parents=True, exist_ok=True)
            made.write_bytes(original.read_bytes())


def weave(options, tree, without):
    """A copy of the tree with every mutant in it, but those left out."""
    loom = options.work.resolve() / "loom"
    shutil.rmtree(loom, ignore_errors=True)
    listed = run(["git", "ls-files"], cwd=ROOT, check=True).stdout.split("\n")
    copy(filter(None, listed), ROOT, loom)
    woven = run([options.weave, options.list, loom, *sorted(without)], check=True)
    copy([file.relative_to(loom) for file in loom.rglob("*")], loom, tree)
    return {int(number) for number in woven.stdout.split()}


def blamed(tree, message):
    """The mutants on the lines that the compiler names, or else the nearest: the arms below a match
    that is no longer complete, the early returns above what they do not fit."""
    code = (message["code"] or {}).get("code")
    guilty = set()
    for span in message["spans"]:
        if not span["is_primary"]:
            continue
        lines = (tree / span["file_name"]).read_text().split("\n")
        first, last = span["line_start"] - 1, span["line_end"]
        near = ["\n".join(lines[first:last])]
        near += lines[last:] if code == "E0004" else reversed(lines[:first])
        guilty |= next((set(map(int, found)) for found in map(SWITCH.findall, near) if found), set())
    return guilty


def build(options, tree, cargo, mutants):
    """Leaves out what does not compile until the rest does; what did not the last time comes first."""
    kept = options.work / "unviable.json"
    known = set(json.loads(kept.read_text())) if kept.is_file() else set()
    without = {number for number, mutant in enumerate(mutants) if mutant["key"] in known}
    without |= weave(options, tree, without)
    while True:
        checked = run(["cargo", "build", "--release", "--lib", "--message-format", "json"],
                      cwd=tree, env=cargo)
        guilty = set()
        for line in checked.stdout.split("\n"):
            message = json.loads(line).get("message") if line.startswith("{") else None
            if isinstance(message, dict) and message["level"] == "error":
                guilty |= blamed(tree, message)
        if checked.returncode == 0:
            kept.write_text(json.dumps([mutants[number]["key"] for number in sorted(without)]))
            return without
        if not guilty - without:
            sys.exit(f"the woven tree does not compile:\n{checked.stderr}")
        print(f"{len(guilty)} do not compile", flush=True)
        without |= guilty
        weave(options, tree, without)


def binaries(tree, cargo, targets):
    built = run(["cargo", "test", "--release", "--no-run", "--message-format", "json", *targets],
                cwd=tree, env=cargo)
    if built.returncode != 0:
        sys.exit(f"the tests do not compile:\n{built.stderr}")
    messages = [json.loads(line) for line in built.stdout.split("\n") if line.startswith("{")]
    tests = [message for message in messages
             if message.get("executable") and message["profile"]["test"]]
    return {message["target"]["name"] + "/" + message["target"]["kind"][0]: message["executable"]
            for message in tests}


class Tests:
    """Every test, how long it takes, and which mutants it reaches."""

    def __init__(self, options, tree, executables):
        self.tree, self.options = tree, options
        self.seconds, self.reached, self.executables = {}, collections.defaultdict(set), executables

    def call(self, test, seconds, **environment):
        binary, name = test
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        environment = {**os.environ, **environment, "RUST_BACKTRACE": "0", "INSTA_UPDATE": "no"}
        environment["CARGO_MANIFEST_DIR"] = str(self.tree)
        started = subprocess.Popen([self.executables[binary], "--exact", name, "--test-threads=1"],
                                   cwd=self.tree, env=environment, preexec_fn=limit,
                                   start_new_session=True, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            return "passed" if started.wait(seconds) == 0 else "caught"
        except subprocess.TimeoutExpired:
            # With the processes that it started.
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()
            return "timeout"

    def record(self, workers):
        """What the same binaries reached the last time is known."""
        kept = self.options.work / "reached.json"
        same = {name: os.stat(path).st_mtime for name, path in self.executables.items()}
        if kept.is_file() and (known := json.loads(kept.read_text()))["binaries"] == same:
            for binary, name, seconds, reached in known["tests"]:
                self.note((binary, name), seconds, reached)
            return
        todo = []
        for binary, path in self.executables.items():
            listed = run([path, "--list", "--format", "terse"], cwd=self.tree).stdout
            todo += [(binary, line[:-6]) for line in listed.split("\n") if line.endswith(": test")]
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            list(pool.map(self.record_one, todo))
        rows = [(*test, seconds, [number for number, by in self.reached.items() if test in by])
                for test, seconds in self.seconds.items()]
        kept.write_text(json.dumps({"binaries": same, "tests": rows}))

    def note(self, test, seconds, reached):
        self.seconds[test] = seconds
        for number in reached:
            self.reached[number].add(test)

    def record_one(self, test):
        log = self.tree.parent / f"reached.{threading.get_ident()}"
        log.write_text("")
        began = time.monotonic()
        ended = self.call(test, self.options.slowest, EDXAWS_MUTANT="record",
                          EDXAWS_MUTANT_LOG=str(log))
        took = time.monotonic() - began
        if ended != "passed":
            print(f"not used: {test[0]} {test[1]} ({ended} after {took:.0f} s)", flush=True)
            return
        self.note(test, took, map(int, log.read_text().split()))


class Hunt:
    """Tries mutants; what saw one is tried first on its neighbours."""

    def __init__(self, tests, mutants, options):
        self.tests, self.mutants = tests, mutants
        self.budget, self.first = options.budget, options.first
        self.seen_by = collections.defaultdict(collections.Counter)

    def order(self, number):
        mutant = self.mutants[number]
        near = self.seen_by[mutant["file"], (mutant["function"] or {}).get("function_name")]
        file = self.seen_by[mutant["file"]]
        seconds = self.tests.seconds
        key = lambda test: (not (self.first and test[0].startswith(self.first)),
                            seconds[test] / (1 + 20 * near[test] + 4 * file[test]))
        return sorted(self.tests.reached.get(number, ()), key=key)

    def one(self, number):
        """What became of one mutant."""
        mutant = self.mutants[number]
        return {"key": mutant["key"], "mutant": mutant["name"], **self.verdict(number)}

    def verdict(self, number):
        spent, mutant = 0.0, self.mutants[number]
        order = self.order(number)
        if not order:
            return {"verdict": "unreached"}
        for tried, test in enumerate(order):
            usual = self.tests.seconds[test]
            if spent and spent + usual > self.budget:
                return {"verdict": "missed", "tests": tried, "reached": len(order)}
            ended = self.tests.call(test, 20 + 5 * usual, EDXAWS_MUTANT=str(number))
            spent += usual
            if ended != "passed":
                self.seen_by[mutant["file"]][test] += 1
                place = (mutant["file"], (mutant["function"] or {}).get("function_name"))
                self.seen_by[place][test] += 1
                return {"verdict": ended, "by": list(test)}
        return {"verdict": "missed", "tests": len(order), "reached": len(order)}


def placeless(name):
    """A mutant's name without its line, which changes with every edit above it."""
    return re.sub(r"^([^:]+):\d+:\d+: ", r"\1: ", name)


def with_keys(mutants):
    """What a mutant is called from one run to the next: the first, second, … of its name in a file."""
    counts = collections.Counter()
    for mutant in mutants:
        name = placeless(mutant["name"])
        mutant["key"] = f"{name}#{counts[name]}"
        counts[name] += 1
    return mutants


def report(results, whole):
    accepted = tomllib.loads((ROOT / "tests/mutants.toml").read_text())["survivor"]
    reasons = {row["mutant"]: row["why"] for row in accepted}
    counts = collections.Counter(result["verdict"] for result in results)
    files = collections.defaultdict(collections.Counter)
    for result in results:
        files[result["mutant"].split(":")[0]][result["verdict"]] += 1
    for file, verdicts in sorted(files.items()):
        print(f"{file:28} {dict(verdicts)}")
    lives = [result for result in results if result["verdict"] in ("missed", "unreached")]
    names = {placeless(result["mutant"]) for result in lives}
    fresh = [result for result in lives if placeless(result["mutant"]) not in reasons]
    gone = sorted(set(reasons) - names) if whole else []
    for result in fresh:
        print(f"NOT SEEN: {result['mutant']} ({result['verdict']})")
    for name in gone:
        print(f"SEEN AFTER ALL: {name}")
    killed = counts["caught"] + counts["timeout"]
    print(f"{killed} of {len(results)} killed ({100 * killed / max(1, len(results)):.1f} %), "
          f"{counts['timeout']} of them by time; {len(lives)} live, {len(fresh)} without a reason")
    return not fresh and not gone


def deadline(until):
    """The next time it is `until` o'clock; never without one."""
    if not until:
        return float("inf")
    hour, minute = map(int, until.split(":"))
    now = datetime.datetime.now()
    end = now.replace(hour=hour, minute=minute, second=0)
    return (end if end > now else end + datetime.timedelta(days=1)).timestamp()


def main():
    parse = argparse.ArgumentParser()
    parse.add_argument("--list", required=True, help="cargo mutants --list --json")
    parse.add_argument("--weave", required=True, help="the program of .ci/mutants/")
    parse.add_argument("--work", type=pathlib.Path, required=True)
    parse.add_argument("--only", default="", help="a part of the mutant's name")
    parse.add_argument("--missed", action="store_true", help="only what was not seen the last time")
    parse.add_argument("--workers", type=int, default=2)
    parse.add_argument("--slowest", type=float, default=120, help="seconds of the slowest test used")
    parse.add_argument("--budget", type=float, default=240, help="seconds of tests for a mutant")
    parse.add_argument("--first", default="", help="the tests to begin with, as speed")
    parse.add_argument("--until", default="", help="begin no mutant after this time, as 20:45")
    parse.add_argument("targets", nargs="+", help="of cargo test")
    options = parse.parse_args()
    options.weave = pathlib.Path(options.weave).resolve()
    mutants = with_keys(json.loads(pathlib.Path(options.list).read_text()))
    tree = options.work.resolve() / "tree"
    tree.mkdir(parents=True, exist_ok=True)
    cargo = {**os.environ, "CARGO_TARGET_DIR": str(options.work.resolve() / "build")}
    targets = [word for target in options.targets
               for word in (["--lib"] if target == "lib" else ["--test", target])]

    without = build(options, tree, cargo, mutants)
    tests = Tests(options, tree, binaries(tree, cargo, targets))
    tests.record(options.workers)
    print(f"{len(mutants)} mutants, {len(without)} do not compile; {len(tests.seconds)} tests of "
          f"{sum(tests.seconds.values()):.0f} s", flush=True)

    kept = options.work / "results.json"
    before = json.loads(kept.read_text()) if options.missed and kept.is_file() else []
    alive = {mutants[number]["key"] for number in range(len(mutants)) if number not in without}
    known = {one["key"]: one for one in before if one["key"] in alive}
    seen = {key for key, one in known.items() if one["verdict"] in ("caught", "timeout")}
    wanted = [number for number, mutant in enumerate(mutants)
              if number not in without and options.only in mutant["name"]
              and mutant["key"] not in seen]
    hunt = Hunt(tests, mutants, options)
    tried, lock, end = [], threading.Lock(), deadline(options.until)

    def hunted(number):
        if time.time() >= end:
            return
        result = hunt.one(number)
        with lock:
            known[result["key"]] = result
            tried.append(result)
            print(f"{len(tried)}/{len(wanted)} {result['verdict']}: {result['mutant']}"
                  f" {'/'.join(result.get('by', []))}", flush=True)
            kept.write_text(json.dumps(list(known.values()), indent=1))

    # From all over the tree in turn, so that a part of a run is a fair sample.
    stride = 37
    with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
        list(pool.map(hunted, [number for start in range(stride) for number in wanted[start::stride]]))
    if len(tried) < len(wanted):
        print(f"no more time: {len(wanted) - len(tried)} were not tried")
    sys.exit(0 if report(list(known.values()), len(known) == len(alive)) else 1)


main()
