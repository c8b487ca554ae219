#!/usr/bin/env bash
# Renders the demo's show with BUILD/tessera and plays it with real players. Prints one line a check: ok, FAIL, or
# not run with the reason. usage: run.sh [BUILD]
set -euo pipefail
build=$(realpath "${1:-build}")
here=$(dirname "$(realpath "$0")")
root=$here/../..

not_run() {
  echo "not run browser players: $1"
  exit 0
}

have_programs() { command -v chromium >/dev/null && command -v node >/dev/null && command -v npm >/dev/null; }

log=$build/browser/install.log
mkdir -p "$build/browser"
have_programs || "$root/dev" install-browser >"$log" 2>&1 || not_run "chromium, nodejs and npm can't be installed (see $log)"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ] || not_run "node $(node --version) is there, 18 is needed"

# npm writes this file last.
if [ ! "$here/node_modules/.package-lock.json" -nt "$here/package-lock.json" ]; then
  (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund) >"$log" 2>&1 || not_run "npm can't install the players (see $log)"
  touch "$here/node_modules/.package-lock.json"
fi

# ffmpeg takes keys from standard input.
"$root/tests/support/make_demo.sh" "$build/browser/show" </dev/null >/dev/null
"$build/tessera" render "$build/browser/show/job.json" --out "$build/browser/published" --progress none >/dev/null
CHROMIUM=$(command -v chromium) exec "$here/run.mjs" "$build/browser/published" --tessera "$build/tessera"
