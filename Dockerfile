# syntax=docker/dockerfile:1

# 1. Build. SQLite, libpq and OpenSSL are compiled in, which takes a C compiler, make and perl;
#    the Rust image has them.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
# The manifest names a test target that the build context leaves out.
RUN mkdir -p tests/product && echo 'fn main() {}' > tests/product/main.rs
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin herald \
    && install -D -m 0755 target/release/herald /out/herald

# 2. Run. The binary needs libc and the certificates of the public authorities, nothing else.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin herald \
    && install -d -o herald -g herald -m 0700 /data
COPY --from=build /out/herald /usr/local/bin/herald
USER herald
WORKDIR /data
ENV HERALD_LISTEN=0.0.0.0:8080 \
    HERALD_DATA=/data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# No client is installed for this: bash opens the connection itself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200'"]
ENTRYPOINT ["herald"]
CMD ["serve"]
