#!/usr/bin/env bash
# Installs rankcheck as its users do and tries it: builds the source distribution, from that the
# wheel (both stay in dist/), installs the wheel into an empty environment, and runs commands in an
# empty folder.  `make wheel` calls it.  Usage: tests/installed.sh [PYTHON]
set -euo pipefail
cd "$(dirname "$0")/.."
checkout=$PWD
python=${1:-python3}

work=$(mktemp -d)
dashboard=
finish() {
  [ -z "$dashboard" ] || { kill "$dashboard" && wait "$dashboard"; } 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

fail() {
  echo "FAILED: $1"
  tail -n 60 "$work/out" "$work/err" 2>/dev/null
  exit 1
} >&2

# expect TEXT COMMAND...: the command must succeed and print TEXT, on either stream.
expect() {
  local text=$1
  shift
  echo "+ $*" >&2
  "$@" >"$work/out" 2>"$work/err" || fail "$* ended with status $?"
  grep -qF -- "$text" "$work/out" "$work/err" || fail "$* did not print: $text"
}

# Nothing of this shell may lead back to the checkout or to another store.
for name in PYTHONPATH "${!RANKCHECK_@}" "${!PREFECT_@}"; do unset "$name"; done

echo "Building ..." >&2
rm -rf dist
"$python" -m venv "$work/build"
"$work/build/bin/pip" install --quiet --disable-pip-version-check 'setuptools>=77'
expect "" "$work/build/bin/python" -c \
  'from setuptools import build_meta; build_meta.build_sdist("dist")'
"$work/build/bin/pip" wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist \
  dist/rankcheck-*.tar.gz
wheel=$(echo "$checkout"/dist/rankcheck-*.whl)

# What git keeps, and nothing else: no file that lies about, no module of an earlier build.
if git rev-parse --git-dir >/dev/null 2>&1; then
  git ls-files data plans prefect.yaml prefect-automations.yaml | sed 's|^|flows/_bundled/|' \
    >"$work/kept"
  git ls-files flows evaluators db dashboard >>"$work/kept"
  "$python" -c 'import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist(), sep="\n")' \
    "$wheel" | grep -v '^rankcheck-[^/]*\.dist-info/' >"$work/packed"
  diff <(LC_ALL=C sort "$work/kept") <(LC_ALL=C sort "$work/packed") >"$work/out" ||
    fail "the wheel (>) does not hold what git keeps (<)"
fi

echo "Installing: a minute or two, mostly torch ..." >&2
"$python" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -c requirements.lock \
  "$wheel[demo]"

mkdir "$work/elsewhere"
cd "$work/elsewhere"
PATH=$work/venv/bin:$PATH
expect "$work/venv/" python -c 'import flows; print(flows.__file__)'
expect "quickstart (the default)" rankcheck run --help
expect "did you mean 'superglue'" bash -c '! rankcheck rank superglu'
expect "Plans that ship with rankcheck: adversarial, " bash -c '! rankcheck run nightli'
expect "quickstart: " rankcheck run
expect "Nothing to evaluate: all " rankcheck run quickstart
expect "Nothing to evaluate: all " rankcheck run plans/quickstart.yaml
expect "SuperGLUE Human Baselines" rankcheck rank superglue
expect "averaging-c4" rankcheck claims averaging-c4
expect "" rankcheck sql --format csv "SELECT count(*) > 0 AS some FROM current_runs"
grep -qi true "$work/out" || fail "current_runs is empty"
[ -f var/rankcheck.duckdb ] || fail "the store is not in the folder that the commands ran in"

# A page that fails is still answered with 200: run the pages themselves too.
expect "10 pages" python - <<'PAGES'
from pathlib import Path
import dashboard
from streamlit.testing.v1 import AppTest

home = Path(dashboard.__file__).parent
screens = sorted(file.relative_to(home) for file in home.glob("screens/*.py"))
for screen in screens:
    app = AppTest.from_file(str(home / "app.py"), default_timeout=60).switch_page(str(screen)).run()
    assert not app.exception, (screen, app.exception)
print(len(screens), "pages")
PAGES

port=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
echo "+ rankcheck dashboard --port $port" >&2
rankcheck dashboard --port "$port" --no-open >"$work/out" 2>"$work/err" &
dashboard=$!
for _ in $(seq 60); do
  kill -0 "$dashboard" 2>/dev/null || fail "the dashboard ended"
  status=$(python - "http://127.0.0.1:$port/" <<'GET'
import sys, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=5).status)
except OSError as error:
    print(error)
GET
  )
  [ "$status" = 200 ] && break
  sleep 1
done
[ "$status" = 200 ] || fail "the dashboard did not answer with 200 within a minute, but: $status"

echo "OK: $(basename "$wheel") works in an empty environment, from another folder."
