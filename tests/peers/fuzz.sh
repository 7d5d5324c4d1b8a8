#!/usr/bin/env bash
# The API against its own OpenAPI document: generated requests, some of them malformed, and the answers
# judged by what the document promises.
#
#   tests/peers/fuzz.sh URL TOKEN [further options of schemathesis]
#
# URL       where Herald listens, such as http://127.0.0.1:8080
# TOKEN     a bearer token; give it the rights of an administrator, or most answers are 403
# HERALD_FUZZ_EXAMPLES   requests per operation, default 200
# HERALD_FUZZ_SEED       default 1; the same seed makes the same requests
# HERALD_PEER_CACHE      see install.sh
#
# Exit 0 when every answer kept the promises. Use a throw-away database: the requests write and delete.
set -euo pipefail

[ $# -ge 2 ] || { sed -n '2,14p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//' >&2; exit 2; }
url=${1%/}; token=$2; shift 2
cache=${HERALD_PEER_CACHE:-$HOME/.cache/herald-peers}
st=$cache/fuzz/bin/st
if [ -x "$st" ]; then run=("$st")
elif [ -x "$cache/fuzz/site/bin/st" ]; then export PYTHONPATH=$cache/fuzz/site; run=(python3 "$cache/fuzz/site/bin/st")
else echo "fuzz: schemathesis is not installed; run tests/peers/install.sh fuzz" >&2; exit 2; fi

# What it writes down about a run belongs to the cache, not to the folder it was started in.
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"

checks=not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance
checks=$checks,response_schema_conformance,negative_data_rejection,ignored_auth,unsupported_method
"${run[@]}" run "$url/api/openapi.json" \
  --header "Authorization: Bearer $token" \
  --checks "$checks" \
  --phases examples,coverage,fuzzing,stateful \
  --max-examples "${HERALD_FUZZ_EXAMPLES:-200}" \
  --seed "${HERALD_FUZZ_SEED:-1}" \
  --generation-allow-x00 true \
  --request-timeout 20 \
  --no-color "$@"
