#!/usr/bin/env bash
# Installs the real peers that Herald is tested against: a Bluesky PDS with its PLC directory and
# Bluesky's own client library, a mail catcher, the schema fuzzer and the accessibility checker.
# Everything lands in a cache folder outside the repository, so that a second run is quick. What is
# already there is skipped.
#
#   tests/peers/install.sh [all|bluesky|mail|fuzz|axe]...
#
# HERALD_PEER_CACHE   the cache folder, default $HOME/.cache/herald-peers
# Needs: npm, python3, and a C++ compiler for the PDS. Chromium comes from the system.
set -euo pipefail

NODE_VERSION=22
PDS_VERSION=0.5.35
PLC_VERSION=0.0.1
ATPROTO_API_VERSION=0.19.19
AIOSMTPD_VERSION=1.4.6
SCHEMATHESIS_VERSION=4.32
PLAYWRIGHT_VERSION=1
AXE_VERSION=4

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${HERALD_PEER_CACHE:-$HOME/.cache/herald-peers}
case "$(realpath -m "$cache")/" in
  "$(realpath -m "$here/../..")"/*) echo "HERALD_PEER_CACHE must not lie inside the repository: $cache" >&2; exit 2 ;;
esac
mkdir -p "$cache"

say() { printf 'peers: %s\n' "$*"; }
need() { command -v "$1" >/dev/null || { echo "peers: $1 is missing; install it first" >&2; exit 2; }; }

# ready NAME STAMP: true when NAME was fully installed in exactly this version before. The stamp is
# written last, so that an install that was cut off is done again.
ready() { [ -f "$cache/$1/.installed" ] && [ "$(cat "$cache/$1/.installed")" = "$2" ]; }
stamp() { printf '%s' "$2" > "$cache/$1/.installed"; }

npm_folder() { # NAME PACKAGE...
  local name=$1; shift
  mkdir -p "$cache/$name"
  printf '{"private":true,"type":"module"}\n' > "$cache/$name/package.json"
  (cd "$cache/$name" && npm install --no-audit --no-fund --loglevel=error "$@")
}

python_folder() { # NAME REQUIREMENT...
  local name=$1; shift
  mkdir -p "$cache/$name"
  if [ ! -x "$cache/$name/bin/python" ] && ! python3 -m venv "$cache/$name" 2>/dev/null; then
    say "$name: no venv here, using pip --target"
    python3 -m pip install --quiet --disable-pip-version-check --target "$cache/$name/site" "$@"
    return
  fi
  "$cache/$name/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

node22() {
  local v="node@$NODE_VERSION"
  if ready node22 "$v"; then say "node22: there"; return; fi
  need npm; say "node22: installing $v"
  npm_folder node22 "$v"; stamp node22 "$v"
}

bluesky() {
  node22
  local v="@atproto/pds@$PDS_VERSION @did-plc/server@$PLC_VERSION @atproto/api@$ATPROTO_API_VERSION"
  if ready bluesky "$v"; then say "bluesky: there"; return; fi
  say "bluesky: installing $v (compiles a native module, two to eight minutes)"
  local node="$cache/node22/node_modules/node" headers
  # The platform package holds the C headers of this very Node, so nothing else is downloaded to compile.
  headers=$(find "$cache/node22/node_modules" -path '*/include/node/common.gypi' -print -quit)
  [ -n "$headers" ] || { echo "peers: the C headers of node@$NODE_VERSION were not found" >&2; exit 1; }
  headers=${headers%/include/node/common.gypi}
  export npm_config_nodedir=$headers
  # shellcheck disable=SC2086 # two words on purpose
  PATH="$node/bin:$PATH" npm_folder bluesky $v
  stamp bluesky "$v"
}

mail() {
  local v="aiosmtpd==$AIOSMTPD_VERSION"
  if ready mail "$v"; then say "mail: there"; return; fi
  need python3; say "mail: installing $v"
  python_folder mail "$v"; stamp mail "$v"
}

fuzz() {
  local v="schemathesis~=$SCHEMATHESIS_VERSION"
  if ready fuzz "$v"; then say "fuzz: there"; return; fi
  need python3; say "fuzz: installing $v"
  python_folder fuzz "$v"; stamp fuzz "$v"
}

axe() {
  local v="playwright-core@$PLAYWRIGHT_VERSION @axe-core/playwright@$AXE_VERSION"
  if ready axe "$v"; then say "axe: there"; return; fi
  need npm; say "axe: installing $v"
  # shellcheck disable=SC2086 # two words on purpose
  npm_folder axe $v; stamp axe "$v"
}

[ $# -gt 0 ] || set -- all
for what in "$@"; do
  case $what in
    all) bluesky; mail; fuzz; axe ;;
    bluesky|mail|fuzz|axe) "$what" ;;
    *) echo "peers: no such peer: $what (all, bluesky, mail, fuzz, axe)" >&2; exit 2 ;;
  esac
done
say "ready in $cache"
