#!/usr/bin/env bash
# Fuzzes everything that reads bytes of strangers, SECONDS in all: native/fuzz/run.sh [SECONDS] [TARGET...]
# A target is native/fuzz/TARGET_fuzz.cc. What was found lies in build/fuzz; the exit code is 1 if there was anything.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
shift || true
out=build/fuzz
mkdir -p "$out/found"

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for source in native/fuzz/*_fuzz.cc; do
    name=$(basename "$source")
    targets+=("${name%_fuzz.cc}")
  done
fi

node native/build.mjs fuzz >"$out/build.log" 2>&1 || {
  tail -40 "$out/build.log"
  exit 1
}
node native/fuzz/seeds.mjs "$out/seeds"
each=$((seconds / ${#targets[@]}))
status=0
for target in "${targets[@]}"; do
  mkdir -p "$out/corpus/$target" "$out/seeds/$target"
  # No input is longer than 64 KiB, so a larger allocation than 8 MiB comes from a length field.
  "build/cmake-fuzz/${target}_fuzz" -max_total_time="$((each > 0 ? each : 1))" -max_len=65536 -timeout=5 -malloc_limit_mb=8 \
    -rss_limit_mb=1024 -artifact_prefix="$out/found/$target-" -print_final_stats=1 -verbosity=0 \
    "$out/corpus/$target" "$out/seeds/$target" >"$out/$target.log" 2>&1 || status=1
  printf '%s: %s executions, %s seeds and finds in the corpus\n' "$target" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$target.log")" "$(ls "$out/corpus/$target" | wc -l)"
  if [ $status -ne 0 ]; then
    tail -40 "$out/$target.log"
    exit 1
  fi
done
