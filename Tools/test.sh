#!/usr/bin/env bash
# `make test`: all steps in order, each one's output in .build/test-logs/, a summary at the end whose last line tells the result.
# A step that fails does not stop those that can still tell something.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

logs=.build/test-logs
flags=${SWIFT_FLAGS:-}
passed=0 failed=0 skipped=0
rows=()
begun=$SECONDS

# step NAME COUNTER COMMAND…: runs the command, counts its tests with COUNTER, shows the end of its output if it failed.
step() {
    local name=$1 counter=$2 from=$SECONDS result=0 ok=0 bad=0 left=0
    shift 2
    printf '%-24s' "$name"
    "$@" >"$logs/$name.log" 2>&1 </dev/null || result=$?
    read -r ok bad left < <($counter "$logs/$name.log")
    # A step that ended badly without a failed test has failed itself: a build error, a crash.
    if [ $result -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left))
    local verdict=ok
    [ $result -eq 0 ] && [ "$bad" -eq 0 ] || verdict=FAILED
    local row
    row=$(printf '%-7s %5ds  %d passed, %d failed, %d left out' "$verdict" $((SECONDS - from)) "$ok" "$bad" "$left")
    echo "$row"
    rows+=("$(printf '%-24s%s' "$name" "$row")")
    if [ "$verdict" = FAILED ]; then show_failure "$logs/$name.log"; fi
    [ "$verdict" = ok ]
}

leave_out() {
    printf '%-24s%s\n' "$1" "left out: $2"
    rows+=("$(printf '%-24s%s' "$1" "left out: $2")")
    failed=$((failed + ${3:-0}))
}

show_failure() {
    echo "---- what failed (all of it in $1)"
    grep -aE ': error:|^error:|✘|^FAILED|^ERROR|Fatal error' "$1" | head -60
    echo "---- its last lines"
    tail -n 80 "$1"
    echo "----"
}

# Counters print "passed failed left-out" for a log.
# The linker's word on `mktemp` is about the toolchain's own Foundation, which nothing here can change.
count_one() {
    if grep -aE ': (error|warning):|^error:' "$1" | grep -aqvE "the use of .mktemp. is dangerous"; then echo 0 1 0; else echo 1 0 0; fi
}
count_swift() {
    local ok bad left
    ok=$(grep -acE '^✔ Test .* passed after' "$1")
    bad=$(grep -acE '^✘ Test .* failed after' "$1")
    left=$(grep -acE '^➜? ?[^ ]* Test .* skipped' "$1")
    # The closing line is "Test run with N tests…"; it is counted by neither pattern, as it starts with "Test run".
    bad=$((bad - $(grep -acE '^✘ Test run with' "$1")))
    ok=$((ok - $(grep -acE '^✔ Test run with' "$1")))
    echo "$ok $bad $left"
}
count_pytest() {
    local line
    line=$(grep -aE '^(=+ )?[0-9]+ (passed|failed|error|skipped).* in [0-9.]+s' "$1" | tail -1)
    number() { grep -oE "[0-9]+ $1" <<<"$line" | grep -oE '^[0-9]+' || echo 0; }
    echo "$(number passed) $(($(number failed) + $(number error))) $(number skipped)"
}

swift_tests() {
    # Simulations replay only where the order of dictionaries is not drawn anew in each process.
    export SWIFT_DETERMINISTIC_HASHING=1
    # Two passes: first build, so that a test's time is the test's.
    # shellcheck disable=SC2086
    swift build --build-tests $flags && swift test --skip-build $flags
}
release() { make --no-print-directory build && .build/release/apus --version; }
interop() {
    make --no-print-directory .venv-interop/stamp &&
        .venv-interop/bin/python -m pytest Tests/Interop -q --durations=15
}

mkdir -p "$logs"
Tools/bootstrap.sh --tests || exit 1

step lint count_one make --no-print-directory lint
step swift-tests count_swift swift_tests
if step release-build count_one release; then
    if .build/release/apus --help | grep -qE '^ +server '; then
        step interop count_pytest interop
    else
        leave_out interop "this build of apus has no server to run them on"
    fi
else
    leave_out interop "there is no release build to run them on"
fi

echo
echo "make test: $((SECONDS - begun)) s on $(nproc) cores"
printf '  %s\n' "${rows[@]}"
if [ -s "$logs/interop.log" ]; then
    grep -aE '^SKIPPED' "$logs/interop.log" | sort | uniq -c | sort -rn | head -20
fi
if [ $failed -eq 0 ]; then verdict=PASSED; else verdict=FAILED; fi
echo "make test $verdict: $passed passed, $failed failed, $skipped left out"
[ $failed -eq 0 ]
