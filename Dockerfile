# The service, from hashed locks. EXTRAS=embedded adds the model server of its own, EXTRAS=rlm that rung:
#   docker build --build-arg EXTRAS="embedded rlm" -t jr .

FROM python:3.13.9-slim-bookworm AS build
ARG EXTRAS=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements requirements
RUN python -m pip install --no-deps --require-hashes -r requirements/build.txt \
    && python -m venv /opt/jr \
    && for lock in runtime ${EXTRAS}; do \
         /opt/jr/bin/pip install --no-deps --require-hashes -r "requirements/${lock}.txt" || exit 1; \
       done
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY app app
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/jr/bin/pip install --no-deps --no-index /wheels/*.whl

FROM python:3.13.9-slim-bookworm
LABEL org.opencontainers.image.title="jr" \
      org.opencontainers.image.description="Post an instruction in markdown, get files you can trust." \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --create-home --uid 10001 jr \
    && install -d -o jr -g jr /data /home/jr/.cache/jr/models
COPY --from=build /opt/jr /opt/jr
ENV PATH=/opt/jr/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    JR_HOST=0.0.0.0 \
    JR_PORT=8080 \
    JR_DATABASE_URL=sqlite:////data/jr.db \
    JR_WORKSPACE=/data/workspace \
    JR_ALLOWED_ROOTS=/data
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/livez', timeout=2)"]
ENTRYPOINT ["jr"]
CMD ["serve"]
