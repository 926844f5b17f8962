# The gateway (the last stage) and the demo shop (--target demo-shop). Built by BuildKit and by the
# builder that Debian's docker.io has: no --mount here.

FROM debian:bookworm-slim AS thalamus-compiled
COPY scripts/packages.txt /tmp/
# The sections "build" and "libraries"; those for tests follow them.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        $(sed -e '/^# fuzz targets/,$d' -e '/^#/d' -e 's/ .*//' /tmp/packages.txt) \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN cmake --preset release -DBUILD_TESTING=OFF \
    && cmake --build --preset release --target thalamus thalamus-demo-shop \
    && mkdir /out \
    && strip -o /out/thalamus build/release/thalamus \
    && strip -o /out/thalamus-demo-shop build/release/thalamus-demo-shop

FROM debian:bookworm-slim AS demo-shop
RUN apt-get update \
    && apt-get install -y --no-install-recommends libstdc++6 \
    && rm -rf /var/lib/apt/lists/*
COPY docker/bin/http-request /usr/local/bin/
COPY --from=thalamus-compiled /out/thalamus-demo-shop /usr/local/bin/
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["thalamus-demo-shop", "--bind", "0.0.0.0", "--port", "8000"]

FROM debian:bookworm-slim AS gateway
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libc-ares2 libcaf-core0.17 libcaf-io0.17 libcaf-openssl0.17 libcrypt1 libfmt9 libhiredis0.14 \
        libprometheus-cpp-core1.0 libspdlog1.10 libssl3 libstdc++6 libyaml-cpp0.7 \
    && rm -rf /var/lib/apt/lists/*
# A volume that is mounted on one of these for the first time takes its owner.
RUN groupadd --gid 10001 thalamus \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir / --shell /usr/sbin/nologin thalamus \
    && install -d -o 10001 -g 10001 /run/thalamus/admin /run/thalamus/store /run/thalamus/tls
COPY docker/bin/ /usr/local/bin/
COPY --from=thalamus-compiled /out/thalamus /usr/local/bin/
USER 10001:10001
EXPOSE 8080
ENTRYPOINT ["thalamus-entrypoint"]
CMD ["run", "-c", "/etc/thalamus/gateway.yaml"]
