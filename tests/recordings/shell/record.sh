#!/bin/sh
# record.sh [LINES] > dash.txt
# Runs each line in dash, in an empty folder and without other programs than these, and prints it as the recordings do.
set -eu
LINES=$(realpath "${1:-$(dirname "$0")/lines.txt}")
WORK=$(mktemp -d); trap 'rm -rf "$WORK"' EXIT
mkdir "$WORK/bin" "$WORK/empty"; cd "$WORK/empty"
for program in tr cat sleep; do ln -s "$(command -v $program)" "$WORK/bin/$program"; done
ln -s "$(command -v dash)" "$WORK/bin/sh"
while IFS= read -r line; do
    printf '$ %s\n' "$line"
    rc=0
    env -i PATH="$WORK/bin" sh -c "$line" > "$WORK/out" 2>&1 < /dev/null || rc=$?
    cat "$WORK/out"
    echo "[rc=$rc]"
done < "$LINES"
