#!/usr/bin/env bash
# Chooses what to scan by the event, and fetches the history that it takes.
#
# Writes to GITHUB_OUTPUT: `mode` (range, all, files, none), `range`, and
# `state` (true when code scanning needs a second, full report: for a branch it
# closes every alert that the latest report does not have).
set -euo pipefail

say() { printf 'straykey: %s\n' "$*" >&2; }
is_zero() { [[ $1 =~ ^0+$ ]]; }
is_id() { [[ $1 =~ ^[0-9a-f]{40}([0-9a-f]{24})?$ ]]; }
need() {
    local id
    for id; do
        if ! is_id "$id"; then say "the event has no commits"; exit 2; fi
    done
}
has() { git cat-file -e "$1^{commit}" 2>/dev/null; }
fetch() { git fetch --quiet --no-tags --no-recurse-submodules "$@" 2>/dev/null; }
is_shallow() { [ -s "$(git rev-parse --git-path shallow)" ]; }
out() { printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; }
finish() {
    out mode "$1"
    out range "${2:-}"
    out state "${3:-false}"
    say "scanning: $1 ${2:-}"
    exit 0
}

if ! cd "$REPOSITORY_PATH"; then
    say "path: no folder $REPOSITORY_PATH"
    exit 2
fi
if [ "$RANGE" != files ] && ! problem=$(git rev-parse --git-dir 2>&1); then
    # Another user's checkout, for one: git says what to set.
    say "$problem"
    exit 2
fi

whole() {
    if is_shallow; then
        say "a shallow clone: fetching its history (fetch-depth: 0 in actions/checkout does it at once)"
        fetch --unshallow origin || say "could not fetch the history"
    fi
}

# Whether a commit of HEAD, not of BASE, lies at the cut of a shallow clone.
is_cut() {
    is_shallow || return 1
    local without=()
    if [ -n "$2" ]; then without=("^$2"); fi
    # Into a variable: with pipefail, grep's early end would count as failure.
    local commits
    commits=$(git rev-list "$1" ${without[@]+"${without[@]}"} 2>/dev/null) || return 0
    grep -qFx -f "$(git rev-parse --git-path shallow)" <<<"$commits"
}

# Fetches until the commits of HEAD that BASE does not have are all here.
reach() {
    local base=$1 head=$2 depth
    has "$head" || fetch --depth=1 origin "$head" || true
    [ -z "$base" ] || has "$base" || fetch --depth=1 origin "$base" || true
    has "$head" || return 1
    [ -z "$base" ] || has "$base" || return 1
    for depth in 50 500 5000; do
        is_cut "$head" "$base" || return 0
        # shellcheck disable=SC2086 # without a base there is no word
        fetch --deepen="$depth" origin "$head" $base || break
    done
    is_cut "$head" "$base" || return 0
    fetch --unshallow origin || true
    ! is_cut "$head" "$base"
}

range() {
    reach "$1" "$2" || say "not all commits of $1..$2 could be fetched"
    finish range "$1..$2" "${3:-false}"
}

case $RANGE in
    auto | "") ;;
    all) whole; finish all ;;
    files) finish files ;;
    -*) say "range: $RANGE is none"; exit 2 ;;
    *..*) finish range "$RANGE" ;;
    *) say "range: expected auto, all, files or BASE..HEAD, not $RANGE"; exit 2 ;;
esac

# An upload for a branch must hold all of it; for a pull request it need not.
state=false
if [ "$UPLOAD" = true ]; then state=true; fi

case $EVENT in
    pull_request | pull_request_target)
        need "$PULL_BASE" "$PULL_HEAD"
        # From a fork, the head is here under this name only.
        has "$PULL_HEAD" || fetch --depth=1 origin "refs/pull/$PULL_NUMBER/head" || true
        range "$PULL_BASE" "$PULL_HEAD" ;;
    merge_group)
        need "$GROUP_BASE" "$GROUP_HEAD"
        range "$GROUP_BASE" "$GROUP_HEAD" ;;
    push)
        need "$AFTER"
        if is_zero "$AFTER"; then finish none; fi
        if is_id "$BEFORE" && ! is_zero "$BEFORE"; then
            if [ "$state" = true ]; then whole; fi
            if has "$BEFORE" || fetch --depth=1 origin "$BEFORE"; then
                range "$BEFORE" "$AFTER" "$state"
            fi
            say "a forced push, and what was there before is gone: scanning all"
            whole
            finish all
        fi
        # A new branch or tag: what the default branch does not have.
        default=refs/remotes/origin/$DEFAULT_BRANCH
        if [ -z "$DEFAULT_BRANCH" ] || ! fetch --depth=1 origin "+refs/heads/$DEFAULT_BRANCH:$default"; then
            whole
            finish all
        fi
        if [ "$(git rev-parse "$default")" = "$(git rev-parse "$AFTER^{commit}")" ]; then
            whole
            finish all
        fi
        if [ "$state" = true ]; then whole; fi
        base=$(git rev-parse "$default^{commit}")
        range "$base" "$AFTER" "$state" ;;
    *)
        whole
        finish all ;;
esac
