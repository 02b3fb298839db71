"""`docker-compose.yml`: what it must hold, and that it speaks of settings that exist."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from app.settings import Settings

ROOT = Path(__file__).parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]


def test_the_services_are_jr_its_database_and_its_model_servers():
    assert {"jr", "postgres", "ollama", "vllm", "embedded"} <= set(SERVICES)


@pytest.mark.parametrize("name", ["jr", "postgres", "ollama", "vllm", "embedded"])
def test_every_lasting_service_is_watched_and_started_again(name):
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["ollama", "vllm"])
def test_the_model_servers_reserve_a_gpu_and_wait_for_the_gpu_profile(name):
    (device,) = SERVICES[name]["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])
    assert SERVICES[name]["profiles"] == ["gpu"]


def test_the_cpu_profile_serves_the_embedded_model_where_the_others_would_be():
    embedded = SERVICES["embedded"]
    assert embedded["profiles"] == ["cpu"]
    assert embedded["networks"]["default"]["aliases"] == ["ollama", "vllm"]
    assert {"--ollama-port=11434", "--vllm-port=8000"} <= set(embedded["command"])
    assert embedded["build"]["args"]["EXTRAS"] == "embedded"


@pytest.mark.parametrize("name", ["jr", "migrate"])
def test_every_jr_variable_is_a_setting(name):
    variables = {key.removeprefix("JR_").lower() for key in SERVICES[name]["environment"]}
    assert variables <= set(Settings.model_fields)


def test_the_service_starts_on_a_migrated_database_only():
    assert SERVICES["jr"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_volumes_are_declared_and_nothing_is_mounted_from_the_host():
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", ())]
    assert {mount.split(":")[0] for mount in mounts} == set(COMPOSE["volumes"])


def test_images_are_pinned_and_only_loopback_is_published():
    for service in SERVICES.values():
        assert service["image"].rpartition(":")[2] not in ("", "latest")
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_no_secret_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text()
    assert "${POSTGRES_PASSWORD:-" not in text
    assert "${JR_API_KEYS:-" not in text
