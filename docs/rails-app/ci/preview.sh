#!/bin/bash
# What the workflow `preview` does in a clone of the delivery repository: closes the preview of PULL, or opens it with the image
# that ../built/image.txt names and waits until it is healthy. Writes `says`, for the comment, to GITHUB_OUTPUT.
set -euo pipefail

says() {
  # One line: in another one a text could say something else.
  echo "says=$(tr -d '\r\n' <<< "$1" | cut -c 1-500)" >> "$GITHUB_OUTPUT"
}

if [ "$EVENT" = pull_request_target ]; then
  ./eren preview close "$PULL" --push
  says 'The preview is closed with the pull request.'
  exit
fi

code=0
# What a build has written is not trusted: one line of it, which the command parses.
image=$(head -c 500 ../built/image.txt | head -n 1)
./eren preview open "$PULL" "$image" --push 2> ../refused.txt || code=$?
cat ../refused.txt >&2
if [ "$code" != 0 ]; then
  says "No preview: $(sed -n 's/^error //p' ../refused.txt)"
  # As many are open as there may be: that is told, and is not a failure.
  [ "$code" = 3 ]
  exit
fi
if address=$(./eren preview await "$PULL" --minutes 20); then
  says "Preview of $(sed 's/.*:\(.*\)@.*/\1/' <<< "$image"): $address"
else
  says 'The preview is open and not healthy: do its migrations run, and its seeds? The log says how far it came.'
  exit 1
fi
