#!/usr/bin/env bash
# The arrangement of docker-compose.yml without Docker: PostgreSQL, two `herald serve`, nginx with
# deploy/nginx.conf before them, and the mail catcher. Stays until it is told to stop.
#
#   tests/peers/cluster.sh BINARY [DIR]
#
# Prints one line when all of it is ready, and stops everything on SIGTERM, SIGINT or any failure:
#   READY url=http://127.0.0.1:P a=http://127.0.0.1:A b=http://127.0.0.1:B mail=DIR/mail/out dir=DIR pg=postgres://…
# The files a.pid, b.pid and nginx.pid in DIR let a test kill one part of it.
#
# HERALD_PEER_CACHE   where tests/peers/install.sh put the mail catcher's library
# Exit code 77: a needed program is not installed here, and the caller should say what it skips.
set -euo pipefail

binary=$(realpath "${1:?usage: $0 BINARY [DIR]}")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=${2:-$(mktemp -d /tmp/herald-cluster.XXXXXX)}
cache=${HERALD_PEER_CACHE:-$HOME/.cache/herald-peers}
started=()

fail() { echo "cluster: $1" >&2; exit "${2:-1}"; }
[ -x "$binary" ] || fail "$binary is no program" 2
for program in nginx python3; do command -v "$program" > /dev/null || fail "$program is missing; install it first" 77; done

python=python3
if [ -x "$cache/mail/bin/python" ]; then python=$cache/mail/bin/python; fi
if [ -d "$cache/mail/site" ]; then export PYTHONPATH=$cache/mail/site; fi
"$python" -c 'import aiosmtpd' 2> /dev/null || fail "aiosmtpd is missing; run tests/peers/install.sh mail" 77

stop_all() {
  local code=$? pid
  trap - EXIT TERM INT
  set +e
  [ -z "${pause:-}" ] || kill "$pause" 2> /dev/null
  for pid in ${started[@]+"${started[@]}"}; do kill -TERM "$pid" 2> /dev/null; done
  for pid in ${started[@]+"${started[@]}"}; do
    for _ in $(seq 100); do kill -0 "$pid" 2> /dev/null || break; sleep 0.1; done
    kill -KILL "$pid" 2> /dev/null
  done
  wait
  "$here/postgres.sh" stop "$dir"
  exit "$code"
}
trap stop_all EXIT
trap 'exit 0' TERM INT

mkdir -p "$dir/mail" "$dir/a" "$dir/b" "$dir/nginx"
chmod 755 "$dir" "$dir/nginx" # nginx's workers run as another user
read -r port_a port_b port_nginx port_mail < <(python3 - << 'PYTHON'
import socket
taken = [socket.socket() for _ in range(4)]
for s in taken:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in taken))
PYTHON
)

database=$("$here/postgres.sh" start "$dir")

# In a subshell that becomes the program, so that its id is the one we keep.
# It ends with its standard input, so a pipe is held open for it.
mkfifo "$dir/mail.in"
exec 9<> "$dir/mail.in"
(cd "$dir/mail" && exec "$python" "$here/mailcatch.py" "$port_mail" out) <&9 > "$dir/mail.log" 2>&1 &
started+=($!)

secret=$(python3 -c 'import secrets; print(secrets.token_hex(32))')
serve() { # NAME PORT
  HERALD_LISTEN=127.0.0.1:$2 HERALD_BASE_URL=http://127.0.0.1:$port_nginx HERALD_DATA=$dir/$1 \
    DATABASE_URL=$database HERALD_SECRET_KEY=$secret HERALD_TRUSTED_PROXIES=127.0.0.1 \
    HERALD_SMTP_URL=smtp://127.0.0.1:$port_mail HERALD_MAIL_FROM='Herald <herald@nordwind.example>' \
    HERALD_LOG=${HERALD_LOG:-info} "$binary" serve > "$dir/$1.log" 2>&1 &
  started+=($!)
  echo $! > "$dir/$1.pid"
}
serve a "$port_a"
serve b "$port_b"

sed -e "s/herald-a:8080/127.0.0.1:$port_a/" -e "s/herald-b:8080/127.0.0.1:$port_b/" \
  -e "s/listen 8080/listen 127.0.0.1:$port_nginx/" -e "s#/tmp/#$dir/nginx/#" \
  "$here/../../deploy/nginx.conf" > "$dir/nginx.conf"
nginx -p "$dir/nginx" -c "$dir/nginx.conf" -g 'daemon off;' > "$dir/nginx.log" 2>&1 &
started+=($!)
echo $! > "$dir/nginx.pid"

# ready PORT: whether /readyz on this port answers 200.
ready() {
  (
    exec 3<> "/dev/tcp/127.0.0.1/$1" || exit 1
    printf 'GET /readyz HTTP/1.0\r\nHost: 127.0.0.1:%s\r\n\r\n' "$1" >&3
    head -n 1 <&3 | grep -q ' 200'
  ) 2> /dev/null
}
open_port() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

until_true() { # WHAT LOG TEST...
  local what=$1 log=$2
  shift 2
  for _ in $(seq 300); do
    if "$@"; then return 0; fi
    sleep 0.1
  done
  tail -n 40 "$log" >&2 || true
  fail "$what did not become ready in 30 seconds; see $log"
}
until_true "herald a" "$dir/a.log" ready "$port_a"
until_true "herald b" "$dir/b.log" ready "$port_b"
until_true "nginx" "$dir/nginx.log" ready "$port_nginx"
until_true "the mail catcher" "$dir/mail.log" open_port "$port_mail"

echo "READY url=http://127.0.0.1:$port_nginx a=http://127.0.0.1:$port_a b=http://127.0.0.1:$port_b mail=$dir/mail/out dir=$dir pg=$database"

# Parts may be killed by a test, so only a signal ends this.
while :; do
  sleep 3600 &
  pause=$!
  wait "$pause" || true
done
