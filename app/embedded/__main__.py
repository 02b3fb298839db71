"""`python -m app.embedded`: serve the embedded model; the first line on standard output names the URLs."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import threading
from pathlib import Path

import uvicorn

from app.embedded import weights
from app.embedded.errors import EmbeddedError
from app.embedded.llama import Llama, LlamaConfig
from app.embedded.ollama import Served, create_app
from app.embedded.progress import shown

MOST_THREADS = 8  # a model this small gains nothing from more


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.embedded", description=__doc__)
    parser.add_argument("--model", type=Path, help="a GGUF file; without it the weights are found")
    parser.add_argument("--name", help="the name it is served under; without it the file's own")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--vllm-port", type=int, default=0, help="llama.cpp's own API; 0 takes a free port")
    parser.add_argument("--ollama-port", type=int, default=0, help="Ollama's API; 0 takes a free port")
    parser.add_argument("--window", type=int, default=16_384, help="tokens for each slot")
    parser.add_argument("--slots", type=int, default=2, help="requests at the same time")
    parser.add_argument("--threads", type=int, default=min(os.cpu_count() or 1, MOST_THREADS))
    parser.add_argument(
        "--until-stdin-closes", action="store_true", help="end with the process that started this"
    )
    return parser.parse_args()


def main() -> int:
    args = arguments()
    if args.until_stdin_closes:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    try:
        llama = Llama(_config(args, args.model or _found()))
    except EmbeddedError as problem:
        sys.stderr.write(f"{problem}\n")
        return 3
    _serve(llama, args)
    os._exit(0)  # a generation still running in a thread would hold the process


def _found() -> Path:
    setting = os.environ.get("JR_EMBEDDED_MODEL")
    with shown() as progress:
        return weights.find(Path(setting) if setting else None, weights.default_cache(), progress)


def _config(args: argparse.Namespace, model: Path) -> LlamaConfig:
    return LlamaConfig(
        model=model,
        name=args.name or model.stem.lower(),
        host=args.host,
        port=args.vllm_port,
        window=args.window,
        slots=args.slots,
        threads=args.threads,
    )


def _serve(llama: Llama, args: argparse.Namespace) -> None:
    config = llama.config
    served = Served(name=config.name, window=config.window, size=config.model.stat().st_size)
    listener = socket.create_server((config.host, args.ollama_port))
    url = f"http://{config.host}:{listener.getsockname()[1]}"
    ready = {"ollama_url": url, "vllm_url": f"{llama.url}/v1", "model": config.name, "slots": config.slots}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    api = create_app(llama.chat, served)
    quiet = uvicorn.Config(api, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    uvicorn.Server(quiet).run(sockets=[listener])


def _end_with_stdin() -> None:
    """Ends this process when the other end of its standard input is gone, even by SIGKILL."""
    while os.read(0, 1024):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
