#!/usr/bin/env bash
# Prints the path of a Chromium or Chrome; installs Debian's where there is none.
# The tests of the site are never skipped: without a browser this ends with one sentence and 1.
set -euo pipefail

# First the one without a window, which opens a page in half the processor time.
find_browser() {
  local name
  for name in chromium-headless-shell chrome-headless-shell chromium chromium-browser google-chrome \
    google-chrome-stable chrome; do
    command -v "$name" && return 0
  done
  return 1
}

install_one() {
  apt-get install -qq -y --no-install-recommends "$1"
}

find_browser && exit 0

if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
  echo "There is no Chromium or Chrome, which the tests of the site need: install one (on Debian, as root: apt-get install chromium)." >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -qq && { install_one chromium-headless-shell || install_one chromium; }; } >&2; then
  echo "Debian's chromium, which the tests of the site need, could not be installed: see apt's message above." >&2
  exit 1
fi
find_browser || { echo "chromium was installed, but is not on the PATH: ${PATH}." >&2; exit 1; }
