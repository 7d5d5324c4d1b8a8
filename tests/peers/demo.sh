#!/usr/bin/env bash
# The demonstration as a newcomer starts it: fills within fifteen seconds, twice alike, and its audit
# log, ledger and roll-ups are true.
#
#   tests/peers/demo.sh BINARY
set -euo pipefail
binary=$(realpath "${1:?usage: $0 BINARY}")
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
before=$(date +%s%N)
"$binary" demo --fill-only
took=$(( ($(date +%s%N) - before) / 1000000 ))
echo "filled in $took ms"
[ "$took" -le 15000 ] || { echo "demo: it took $took ms; 15000 are allowed" >&2; exit 1; }
"$binary" demo --fill-only > again.txt
grep -q "Sign in with the password" again.txt
HERALD_DATA=$dir/demo-data "$binary" audit verify
