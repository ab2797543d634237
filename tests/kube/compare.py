#!/usr/bin/env python3
"""Sends the requests of conformance.json to an API server and says where it answers otherwise.

    compare.py URL TOKEN [--old]

`--old` maps the API versions that a server before 1.23 does not have and leaves out what such a
server does otherwise (`since`). Uses nothing but Python."""
import json
import pathlib
import ssl
import sys
import time
import urllib.error
import urllib.request

TYPES = {
    "json": "application/json",
    "apply": "application/apply-patch+yaml",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "jsonpatch": "application/json-patch+json",
}
OLD = [("autoscaling/v2", "autoscaling/v2beta2"), ("policy/v1", "policy/v1beta1")]


def call(base, token, step, old):
    path, body = step["path"], step.get("body")
    text = None if body is None else json.dumps(body)
    for new, before in OLD if old else []:
        path = path.replace(f"/apis/{new}/", f"/apis/{before}/")
        text = text and text.replace(f'"{new}"', f'"{before}"')
    kind = step.get("type", "json")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": TYPES.get(kind, kind),
               "User-Agent": "compare/1"}
    request = urllib.request.Request(base + path, method=step["method"], headers=headers,
                                     data=text and text.encode())
    context = ssl._create_unverified_context()
    try:
        with urllib.request.urlopen(request, context=context, timeout=20) as answer:
            code, raw = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        code, raw = error.code, error.read()
    try:
        return code, json.loads(raw or b"{}")
    except ValueError:
        return code, {"text": raw.decode()[:120]}


def at(value, pointer):
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/")
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return value


def wrong(step, code, answer):
    if code != step["code"]:
        yield f"code {code} for {step['code']}: {str(answer)[:300]}"
        return
    if code >= 400 and answer.get("reason") != step.get("reason") and "text" not in answer:
        if "reason" in step or code == 500:
            yield f"reason {answer.get('reason')} for {step.get('reason')}"
    for pointer, value in step.get("want", {}).items():
        if at(answer, pointer) != value:
            yield f"{pointer} is {at(answer, pointer)!r} for {value!r}"
    for pointer in step.get("gone", []):
        if at(answer, pointer) is not None:
            yield f"{pointer} is there"
    if step.get("message", "") not in str(answer.get("message", "")):
        yield f"message {answer.get('message')}"


def main():
    base, token, old = sys.argv[1], sys.argv[2], "--old" in sys.argv
    steps = json.loads((pathlib.Path(__file__).parent / "conformance.json").read_text())
    steps = [step for step in steps if not (old and "since" in step)]
    gone = {"method": "GET", "path": "/api/v1/namespaces/conf"}
    call(base, token, {**gone, "method": "DELETE"}, old)
    while call(base, token, gone, old)[0] != 404:
        time.sleep(0.5)
    different = 0
    for step in steps:
        code, answer = call(base, token, step, old)
        complaints = list(wrong(step, code, answer))
        different += bool(complaints)
        for complaint in complaints:
            print(f"{step['name']}: {complaint}")
    print(f"{len(steps) - different} of {len(steps)} as expected")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
