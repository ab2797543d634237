"""Compares what checkov says of plain manifests and of applied ones with .ci/checkov.toml."""
import collections
import json
import pathlib
import re
import subprocess
import sys
import tomllib


def failed(file):
    """Pairs of check and service; tasks count once for each template."""
    command = [pathlib.Path(sys.executable).parent / "checkov", "--file", file, "--framework",
               "kubernetes", "--output", "json", "--skip-download"]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
    found = [(row["check_id"], service(row["resource"]), row["check_name"])
             for row in answer["results"]["failed_checks"]]
    return len(found), answer["summary"]["passed"], {pair[:2]: pair[2] for pair in found}


def service(resource):
    """`Deployment.main.lms`, `Pod.main.lms.app=…` → `lms`; `lms-init-3-1f0c9a2b` → `lms-job`."""
    name = resource.split(".")[2]
    return re.sub(r"-init-\d+-[0-9a-f]{8}$", "-job", name)


def main():
    folder = pathlib.Path(sys.argv[1])
    plain, _, _ = failed(folder / "pinned-plain.yml")
    raw, passed, left = failed(folder / "pinned-applied.yml")
    listed = tomllib.loads(pathlib.Path(".ci/checkov.toml").read_text())
    reasons = {(row["check"], name): row["reason"] for row in listed["left"]
               for name in row["services"]}
    wrong = [f"{check} {name}: {left[check, name]}" for check, name in left.keys() - reasons.keys()]
    wrong += [f"{check} {name} is listed and no longer said" for check, name in reasons.keys() - left.keys()]
    if len(left) > listed["most"]:
        wrong.append(f"{len(left)} are left, more than {listed['most']}")
    by_reason = collections.Counter(reasons.get(pair, "no reason") for pair in left)
    for reason, count in by_reason.most_common():
        print(f"{count:3} {reason}")
    for line in sorted(wrong):
        print(f"FAILED {line}")
    print(f"plain {plain} failed; applied {raw}, {len(left)} without the repeated tasks; {passed} passed")
    return 1 if wrong or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
