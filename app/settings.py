"""Settings: the environment's `JR_*` (and a `.env` file) as one frozen value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_DATABASE = re.compile(r"sqlite(\+\w+)?:///.+|postgres(ql)?(\+\w+)?://")


class Settings(BaseSettings):
    """Every setting with its default; `docs/operations.md` explains each."""

    model_config = SettingsConfigDict(
        env_prefix="JR_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    database_url: str = "sqlite:///./var/jr.db"
    ollama_url: str = "http://127.0.0.1:11434"
    pm_model: str = "executive_jr"
    vllm_url: str = "http://127.0.0.1:8000/v1"
    coder_model: str = "Qwen/Qwen2.5-Coder-32B-Instruct-AWQ"
    ollama_api_key: str | None = None
    vllm_api_key: str | None = None
    workspace: Path = Path("./var/workspace")
    allowed_roots: str = "/tmp"  # noqa: S108 -- the contract's default, not a temporary file
    protected: str = "**/.env:**/*.service"
    min_file_bytes: int = Field(20, ge=0)
    api_keys: str = ""
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    pm_slots: int = Field(1, ge=1)
    coder_slots: int = Field(8, ge=1)
    rlm: Literal["auto", "off", "unsafe"] = "auto"
    reply_form: Literal["plain", "marker"] = "plain"
    repair_turns: int = Field(2, ge=0)
    embedded_model: Path | None = None
    sandbox: Literal["auto", "bwrap", "off"] = "auto"
    max_queued: int = Field(10_000, ge=1)
    pm_context: int = Field(16_384, ge=1024)
    max_output_tokens: int = Field(8_192, ge=64)
    call_timeout_s: float = Field(600.0, gt=0)
    first_token_s: float = Field(20.0, gt=0)
    task_timeout_s: float = Field(3_600.0, gt=0)

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, url: str) -> str:
        if not _DATABASE.match(url) or not _port_is_a_number(url):
            raise ValueError("write sqlite:///a/file.db or postgresql://user:password@host:5432/name")
        return url

    @field_validator("ollama_url", "vllm_url")
    @classmethod
    def _are_servers(cls, urls: str) -> str:
        for url in urls.split(","):
            known = url.strip().startswith(("http://", "https://"))
            if url.strip() and not (known and _port_is_a_number(url)):
                raise ValueError("write http://host:port or https://host:port, several with commas between")
        return urls

    @property
    def vllm_urls(self) -> tuple[str, ...]:
        return tuple(url.strip() for url in self.vllm_url.split(",") if url.strip())

    @property
    def roots(self) -> tuple[Path, ...]:
        """Folders that absolute paths may be written under, besides the workspace."""
        return tuple(Path(root) for root in self.allowed_roots.split(":") if root)

    @property
    def protected_globs(self) -> tuple[str, ...]:
        return tuple(glob for glob in self.protected.split(":") if glob)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(key.strip() for key in self.api_keys.split(",") if key.strip())


def _port_is_a_number(url: str) -> bool:
    try:
        _ = urlsplit(url.strip()).port
    except ValueError:
        return False
    return True
