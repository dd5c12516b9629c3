"""Types what the Undo of the first deploy says into a shell, against moto, AWS' APIs on loopback, and looks what is left.

    npm run aws-undo

moto and the command line come from PyPI into a folder that goes away. What the stacks made is made here by their names, as
terraform-bridge/stacks/ has them, with what Terraform would not delete: versions of files, images, keys of users.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

root = Path(__file__).parents[3]
page = (root / "docs/runbooks/first-deploy.md").read_text()
stacks = [
    json.loads((root / f"terraform-bridge/stacks/{name}/cdk.tf.json").read_text()) for name in ("cluster", "production")
]
account = "123456789012"


def made(kind):
    return [each for stack in stacks for each in stack["resource"].get(kind, {}).values()]


def of_step(number):
    """The shell of a step of the Undo."""
    undo = page.split("\n## Undo\n")[1].split("\n## ")[0]
    step = re.split(r"\n(?=\d+\. )", undo)[number]
    assert step.lstrip().startswith(f"{number}. "), step[:20]
    return "\n".join(re.findall(r"^ *```sh\n(.*?)^ *```$", step, re.S | re.M))


with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run(
        [f"{folder}/bin/pip", "install", "--quiet", "--disable-pip-version-check", "moto[server]==5.2.5", "awscli==1.46.3"],
        check=True,
    )
    port = 5000 + os.getpid() % 10_000
    at = f"http://127.0.0.1:{port}"
    environment = {
        "PATH": f"{folder}/bin:{os.environ['PATH']}",
        "HOME": folder,
        "TMPDIR": folder,
        "AWS_ENDPOINT_URL": at,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "played",
        "AWS_SECRET_ACCESS_KEY": "played",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }
    server = subprocess.Popen(
        [f"{folder}/bin/moto_server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**environment, "AWS_ENDPOINT_URL": ""},
    )

    def shell(script, given=""):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=environment,
            input=given,
            text=True,
            capture_output=True,
            timeout=300,
        )
        if done.returncode:
            sys.exit(f"{done.returncode}: {script}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def asked(command):
        return json.loads(shell(f"aws {command} --output json") or "null")

    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(at, timeout=1)
                break
            except OSError:
                time.sleep(0.1)

        buckets = [re.sub(r"\$\{[^}]*account_id\}", account, each["bucket"]) for each in made("aws_s3_bucket")]
        repositories = [each["name"] for each in made("aws_ecr_repository")]
        kept = [each["name"] for each in made("aws_ecr_repository") if not each["force_delete"]]
        users = [each["name"] for each in made("aws_iam_user")]
        for bucket in buckets:
            shell(
                f"aws s3api create-bucket --bucket {bucket}; "
                f"aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled; "
                f"for i in 1 2 3; do echo $i | aws s3 cp - s3://{bucket}/a; done; "
                f"aws s3 rm s3://{bucket}/a; echo 4 | aws s3 cp - s3://{bucket}/b"
            )
        kind = "application/vnd.oci.image.manifest.v1+json"
        manifest = json.dumps(
            {"schemaVersion": 2, "mediaType": kind, "config": {"digest": "sha256:" + "a" * 64}, "layers": []}
        )
        for name in repositories:
            shell(f"aws ecr create-repository --repository-name {name}")
            shell(f"aws ecr put-image --repository-name {name} --image-tag v1 --image-manifest '{manifest}'")
        for user in users:
            key = f"aws iam create-access-key --user-name {user}"
            shell(f"aws iam create-user --user-name {user}; {key}; {key}")

        # Without it neither a bucket nor a repository goes: what is asked below would hold for nothing.
        for command in [f"s3api delete-bucket --bucket {buckets[0]}", f"ecr delete-repository --repository-name {kept[0]}"]:
            refused = subprocess.run(["aws", *command.split()], env=environment, capture_output=True, text=True)
            assert refused.returncode != 0 and "not" in refused.stderr.lower(), (command, refused.stderr)

        shell(of_step(5))

        there = [each["repositoryName"] for each in asked("ecr describe-repositories")["repositories"]]
        left = [name for name in kept if name in there]
        keys = [key for user in users for key in asked(f"iam list-access-keys --user-name {user}")["AccessKeyMetadata"]]
        assert left == [], left
        assert keys == [], keys
        for bucket in buckets:
            shell(f"aws s3api delete-bucket --bucket {bucket}")
        for user in users:
            shell(f"aws iam delete-user --user-name {user}")

        # The account at Docker Hub: made, written anew, ended, as the pages have it.
        pages = [(root / f"docs/runbooks/{name}.md").read_text() for name in ("first-deploy", "rotate-secrets")]
        blocks = [block for text in pages for block in re.findall(r"```sh\n(.*?)```", text, re.S)]
        for block in [each for each in blocks if "ecr-pullthroughcache/docker-hub" in each]:
            written = "\n".join(line for line in re.sub(r"\\\n\s*", "", block).splitlines() if "validate-pull" not in line)
            shell(written, "somebody\ndckr_pat_1\"2$3\n")
            kept_now = asked("secretsmanager get-secret-value --secret-id ecr-pullthroughcache/docker-hub")
            value = json.loads(kept_now["SecretString"])
            assert value == {"username": "somebody", "accessToken": 'dckr_pat_1"2$3'}, value
        shell("aws secretsmanager delete-secret --secret-id ecr-pullthroughcache/docker-hub")
        print(
            f"{len(buckets)} buckets, {len(kept)} repositories and {2 * len(users)} keys of {len(users)} users are gone; "
            "the account at Docker Hub was written, changed and ended"
        )
    finally:
        server.terminate()
        server.wait(timeout=30)
