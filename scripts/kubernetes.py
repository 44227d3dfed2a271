#!/usr/bin/env python3
"""Renders the Helm chart by Helm's own library into packaging/kubernetes/peregrine.yaml, and validates what comes out,
with the values there are and with others, against the schemas of several releases of Kubernetes.

    scripts/kubernetes.py           writes the manifests
    scripts/kubernetes.py --check   fails where those that are there are others

Both packages come from PyPI: `make kubernetes` fetches them into target/tools.
"""

import pathlib
import sys

import helm_python as helm
import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHART = ROOT / "packaging/helm/peregrine"
MANIFESTS = ROOT / "packaging/kubernetes/peregrine.yaml"
RELEASES = ["1.30", "1.33", "1.36"]
HEAD = """\
# The chart packaging/helm/peregrine with its values, for who has no Helm: kubectl apply -f peregrine.yaml
# Written by scripts/kubernetes.py.
apiVersion: v1
kind: Namespace
metadata:
  name: peregrine
"""
# Every branch of the templates.
OTHERS = {
    "image": {"repository": "registry.example/peregrine", "tag": "1"},
    "imagePullSecrets": [{"name": "registry"}],
    "rules": {"local.yaml": "- list: a\n  items: [b]\n", "more.yaml": "- list: c\n  items: []\n"},
    "tolerations": [],
    "nodeSelector": {},
    "affinity": {"nodeAffinity": {}},
    "seccompProfile": {"type": "Localhost", "localhostProfile": "peregrine.json"},
    "podAnnotations": {"a": "b"},
}


def validated(manifests, values):
    """The documents of the manifests, each checked."""
    documents = [one for text in manifests.values() for one in yaml.safe_load_all(text) if one]
    assert len(documents) == 4, [one["kind"] for one in documents]
    for release in RELEASES:
        for document in documents:
            kubernetes_validate.validate(document, release, strict=True)
    kinds = ", ".join(one["kind"] for one in documents)
    print(f"{kinds}: valid for Kubernetes {', '.join(RELEASES)} ({values})")


def main():
    findings = helm.lint(str(CHART))
    print(f"lint: {findings}")
    with helm.Chart.load(str(CHART)) as chart:
        rendered = chart.render({}, name="peregrine", namespace="peregrine")
        validated(rendered, "the values there are")
        validated(chart.render(OTHERS, name="other", namespace="security"), "other values")
    text = HEAD + "".join(f"---\n{rendered[name].strip()}\n" for name in sorted(rendered) if rendered[name].strip())
    if "--check" in sys.argv:
        assert MANIFESTS.read_text() == text, f"{MANIFESTS} is stale: make kubernetes"
    else:
        MANIFESTS.write_text(text)


main()
