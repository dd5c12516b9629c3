"""Writes aws-commands.json: the options that AWS' command line has, for every command that pages and manifests name.

    npm run aws-commands

The command line makes its options of botocore's service models, so the models of one release are read, from its wheel and
without installing it. Needed again when a page names a command that is not here. Python's own library is enough.
"""

import gzip
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

release = "botocore==1.44.8"
root = Path(__file__).parents[3]
named = re.compile(r"\baws\s+([a-z][a-z0-9-]+)\s+(?:(wait)\s+)?([a-z][a-z0-9-]+)")
# Where the command line has another name than the model's folder.
folders = {"s3api": "s3"}


def sources():
    yield from (root / name for name in ("README.md", "CONTRIBUTING.md"))
    for folder in ("docs", "dist", "argocd"):
        for suffix in ("md", "yaml", "sql", "mjs"):
            yield from (root / folder).rglob(f"*.{suffix}")


def commands():
    return sorted({match.groups() for path in sources() for match in named.finditer(path.read_text())}, key=str)


with tempfile.TemporaryDirectory() as folder:
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, release], check=True
    )
    wheel = next(Path(folder).glob("botocore-*.whl"))
    sys.path.insert(0, str(wheel))
    from botocore import xform_name

    archive = zipfile.ZipFile(wheel)

    def model(service, kind):
        paths = sorted(
            name
            for name in archive.namelist()
            if re.fullmatch(rf"botocore/data/{folders.get(service, service)}/[\d-]+/{kind}-\d+\.json(\.gz)?", name)
        )
        if not paths:
            return None
        text = archive.read(paths[-1])
        return json.loads(gzip.decompress(text) if paths[-1].endswith(".gz") else text)

    def option(shapes, shape):
        """`string`, or what may stand in it: the members of a structure, the values of an enumeration."""
        of = shapes[shape]
        if of["type"] in ("list", "map"):
            inner = option(shapes, (of.get("member") or of["value"])["shape"])
            inner = inner if isinstance(inner, dict) else {"type": inner}
            return {**inner, "type": of["type"]}
        if of["type"] == "structure":
            return {"type": "structure", "members": sorted(of["members"])}
        return {"type": of["type"], "values": sorted(of["enum"])} if "enum" in of else of["type"]

    def names(shapes, shape, seen):
        """The names that a query of the answer may use."""
        of = shapes[shape]
        if shape not in seen:
            seen.add(shape)
            for name, member in of.get("members", {}).items():
                yield name
                yield from names(shapes, member["shape"], seen)
            for inner in ("member", "value"):
                if inner in of:
                    yield from names(shapes, of[inner]["shape"], seen)

    found = {}
    for service, wait, verb in commands():
        api = model(service, "service")
        if api is None:
            continue
        shapes = api["shapes"]
        called = verb
        if wait:
            waiters = {xform_name(name, "-"): each for name, each in model(service, "waiters")["waiters"].items()}
            called = xform_name(waiters[verb]["operation"], "-") if verb in waiters else ""
        operation = next((each for name, each in api["operations"].items() if xform_name(name, "-") == called), None)
        if operation is None:
            continue
        given = shapes[operation["input"]["shape"]] if "input" in operation else {"members": {}}
        found[" ".join(filter(None, (service, wait, verb)))] = {
            "required": sorted(xform_name(name, "-") for name in given.get("required", [])),
            "options": {
                xform_name(name, "-"): option(shapes, member["shape"])
                for name, member in sorted(given["members"].items())
            },
            "answers": []
            if wait or "output" not in operation
            else sorted(set(names(shapes, operation["output"]["shape"], set()))),
        }

lines = [f"    {json.dumps(name)}: {json.dumps(found[name])}" for name in sorted(found)]
text = '{\n  "source": "%s",\n  "commands": {\n%s\n  }\n}\n' % (release, ",\n".join(lines))
Path(__file__).with_suffix(".json").write_text(text)
print(f"{len(found)} commands of {release}")
