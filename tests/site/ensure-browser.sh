#!/usr/bin/env bash
# Prints the path of a Chromium or Chrome, and of a Firefox for `ensure-browser.sh firefox`; installs
# Debian's where there is none.
# The tests of the site are never skipped: without a browser this ends with one sentence and 1.
set -euo pipefail

case ${1:-chromium} in
  chromium)
    title="Chromium or Chrome"
    # First the one without a window, which opens a page in half the processor time.
    names=(chromium-headless-shell chrome-headless-shell chromium chromium-browser google-chrome
      google-chrome-stable chrome)
    packages=(chromium-headless-shell chromium)
    ;;
  firefox)
    title="Firefox"
    names=(firefox-esr firefox)
    packages=(firefox-esr)
    ;;
  *)
    echo "There is no browser '$1' here: give chromium or firefox." >&2
    exit 1
    ;;
esac

find_browser() {
  local name
  for name in "${names[@]}"; do
    command -v "$name" && return 0
  done
  return 1
}

install_one() {
  apt-get install -qq -y --no-install-recommends "$1"
}

install_any() {
  local package
  apt-get update -qq || return 1
  for package in "${packages[@]}"; do
    install_one "$package" && return 0
  done
  return 1
}

find_browser && exit 0

last=${packages[-1]}
if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
  echo "There is no ${title}, which the tests of the site need: install one (on Debian, as root: apt-get install ${last})." >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
if ! install_any >&2; then
  echo "Debian's ${last}, which the tests of the site need, could not be installed: see apt's message above." >&2
  exit 1
fi
find_browser || { echo "${last} was installed, but is not on the PATH: ${PATH}." >&2; exit 1; }
