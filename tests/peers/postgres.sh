#!/usr/bin/env bash
# A PostgreSQL of its own for a test run: a fresh data folder, a free port on the loopback, no password.
#
#   tests/peers/postgres.sh start DIR [--durable]   prints its address: postgres://herald@127.0.0.1:PORT/herald
#   tests/peers/postgres.sh stop DIR                stops it and removes its data
#
# DIR          where this script remembers what it started; the log is DIR/postgres.log
# --durable    keep fsync on (kill and power-loss tests); without it fsync is off, which is quicker
# HERALD_PG_BIN   the folder with initdb and pg_ctl; default the newest of /usr/lib/postgresql/*/bin
#
# Exit code 77: PostgreSQL is not installed here, and the caller should say what it skips.
set -euo pipefail

what=${1:-} dir=${2:-} mode=${3:-}
[ -n "$dir" ] && [[ $what == start || $what == stop ]] || { echo "usage: $0 start|stop DIR [--durable]" >&2; exit 2; }

bin=${HERALD_PG_BIN:-}
[ -n "$bin" ] || bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
[ -x "$bin/initdb" ] || { echo "postgres: not installed (looked in $bin); apt-get install postgresql" >&2; exit 77; }

# PostgreSQL refuses to run as root.
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

start() {
  mkdir -p "$dir"
  [ ! -e "$dir/postgres.home" ] || { echo "postgres: already started in $dir; stop it first" >&2; exit 2; }
  local home port fast=(-c fsync=off -c synchronous_commit=off -c full_page_writes=off)
  # A short path that the user postgres may enter: a socket's path is at most 107 bytes long.
  home=$(mktemp -d /tmp/herald-pg.XXXXXX)
  printf '%s' "$home" > "$dir/postgres.home"
  if [ "$(id -u)" = 0 ]; then chown postgres "$home"; fi
  [ "$mode" != --durable ] || fast=()
  (
    cd "$home"
    as_postgres "$bin/initdb" --pgdata "$home/data" --username herald --auth trust \
      --encoding UTF8 --locale C.UTF-8 --no-sync
  ) > "$dir/postgres.log" 2>&1 || { echo "postgres: initdb failed:" >&2; cat "$dir/postgres.log" >&2; exit 1; }
  local try
  for try in 1 2 3; do # the port may be taken between asking for it and using it
    port=$(free_port)
    local options=(-c "port=$port" -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$home"
      -c max_connections=200 -c shared_buffers=128MB -c max_wal_size=2GB -c log_min_messages=warning
      -c timezone=UTC ${fast[@]+"${fast[@]}"})
    if (cd "$home" && as_postgres "$bin/pg_ctl" start --wait --timeout 30 --pgdata "$home/data" \
      --log "$home/server.log" --options "${options[*]}") >> "$dir/postgres.log" 2>&1; then
      (cd "$home" && as_postgres "$bin/createdb" --host "$home" --port "$port" --username herald herald)
      printf 'postgres://herald@127.0.0.1:%s/herald\n' "$port"
      return
    fi
  done
  echo "postgres: did not start (try $try):" >&2
  cat "$home/server.log" "$dir/postgres.log" >&2 || true
  exit 1
}

stop() {
  [ -e "$dir/postgres.home" ] || return 0
  local home
  home=$(cat "$dir/postgres.home")
  case $home in
    /tmp/herald-pg.*) ;;
    *) echo "postgres: $dir/postgres.home names a folder that is not ours: $home" >&2; exit 1 ;;
  esac
  if [ -d "$home/data" ]; then
    (cd /tmp && as_postgres "$bin/pg_ctl" stop --mode fast --timeout 30 --pgdata "$home/data") >> "$dir/postgres.log" 2>&1 || true
  fi
  [ ! -e "$home/server.log" ] || cat "$home/server.log" >> "$dir/postgres.log"
  rm -rf "$home" "$dir/postgres.home"
}

"$what"
