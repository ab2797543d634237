#!/usr/bin/env bash
# Can the tests see? Plants one bug after the other (tests/planted/*.patch) into a copy of the tree
# and runs the tests that ought to catch it. Prints a table; fails when a bug is not caught, no
# longer applies, or does not build.
#
#   .ci/planted.sh            all of them (nightly)
#   .ci/planted.sh 03 09 12   only these
#   PLANTED_PROFILE=release   … built like this
set -u
cd "$(dirname "$0")/.."
root=$PWD
scratch=$root/target/planted
tree=$scratch/tree
.ci/borrow.sh "$scratch/build"
export CARGO_TARGET_DIR=$scratch/build CARGO_INCREMENTAL=0 CARGO_TERM_COLOR=never RUST_BACKTRACE=0
cargo_test="cargo test -q --profile ${PLANTED_PROFILE:-test}"
mkdir -p "$tree"

# Only what changed is written, so that only what changed is built.
copy() {
  git ls-files -z | while IFS= read -r -d '' file; do
    [ -f "$file" ] || continue
    cmp -s "$file" "$tree/$file" && continue
    mkdir -p "$tree/$(dirname "$file")"
    cp "$file" "$tree/$file"
  done
  # What has been moved or removed must not stay in the copy.
  comm -13 <(git ls-files | while read -r file; do [ -f "$file" ] && echo "$file"; done | sort) \
    <(cd "$tree" && find . -type f | sed 's|^\./||' | sort) |
    while IFS= read -r file; do rm "$tree/$file"; done
}

field() { sed -n "s/^$1: //p" "$2" | head -n 1; }
runs() { (cd "$tree" && eval "timeout ${PLANTED_TIMEOUT:-900} $cargo_test $1" >"$scratch/$2.log" 2>&1); }
builds() { (cd "$tree" && eval "$cargo_test --no-run $1" >"$scratch/$2.log" 2>&1); }

chosen() {
  local patch
  for patch in "$root"/tests/planted/*.patch; do
    if [ $# -eq 0 ]; then echo "$patch"; continue; fi
    for number; do case $(basename "$patch") in "$number"-*) echo "$patch" ;; esac; done
  done
}

copy
missed=0
declare -A sound
# Without the bug the tests must pass, or their failing with it says nothing.
while IFS= read -r test; do
  log=sound.$(tr -c 'a-z_\n' . <<<"$test")
  if builds "$test" "$log" && runs "$test" "$log"; then sound[$test]=yes; else sound[$test]=no; fi
done < <(chosen "$@" | while read -r patch; do field test "$patch"; done | sort -u)

printf '%-28s %-18s %-10s %s\n' bug layer caught 'what it does'
for patch in $(chosen "$@"); do
  name=$(basename "$patch" .patch) test=$(field test "$patch")
  if [ "${sound[$test]}" = no ]; then verdict='FAILS WITHOUT IT'
  elif ! patch -s -p1 -d "$tree" --dry-run <"$patch" >/dev/null; then verdict='NO LONGER APPLIES'
  else
    patch -s -p1 -d "$tree" --no-backup-if-mismatch <"$patch"
    if ! builds "$test" "$name"; then verdict='DOES NOT BUILD'
    elif runs "$test" "$name"; then verdict=NO
    else verdict=yes
    fi
    copy
  fi
  printf '%-28s %-18s %-10s %s\n' "$name" "$(field layer "$patch")" "$verdict" "$(field bug "$patch")"
  case $verdict in
    yes) continue ;;
    'DOES NOT BUILD') tail -n 20 "$scratch/$name.log" ;;
  esac
  missed=$((missed + 1))
done
[ "$missed" -eq 0 ] || { echo "$missed bugs are not caught; logs in $scratch"; exit 1; }
