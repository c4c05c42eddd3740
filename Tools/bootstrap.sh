#!/usr/bin/env bash
# Installs what this project needs and the machine lacks: Debian packages (as root or through sudo), nothing else.
# Called by `make run` and `make test`. Silent and quick when nothing is missing.
#
#   Tools/bootstrap.sh            what building and running needs
#   Tools/bootstrap.sh --tests    and what the tests need
set -euo pipefail

packages=(make git pkg-config libisal-dev zlib1g-dev libsnappy-dev liblz4-dev libzstd-dev libssl-dev)
if [ "${1:-}" = --tests ]; then packages+=(kcat python3 python3-venv python3-pip); fi

say() { printf 'bootstrap: %s\n' "$*" >&2; }

# ---- Debian packages

if command -v dpkg-query >/dev/null; then
    missing=()
    # One call for all of them: dpkg-query fails when it does not know one, which is then missing too.
    installed=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package} ' "${packages[@]}" 2>/dev/null || true)"
    for package in "${packages[@]}"; do
        case "$installed" in *" ii $package "* | *"ii $package "*) ;; *) missing+=("$package") ;; esac
    done
    if [ ${#missing[@]} -gt 0 ]; then
        say "missing here: ${missing[*]}"
        as_root=()
        if [ "$(id -u)" -ne 0 ]; then
            if ! command -v sudo >/dev/null; then
                say "this user is not root and there is no sudo. As root, run:"
                say "    apt-get update && apt-get install --no-install-recommends ${missing[*]}"
                exit 1
            fi
            as_root=(sudo)
        fi
        install() {
            say "installing them with apt-get"
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
                "${missing[@]}" </dev/null >&2
        }
        # The package lists are fetched only where there are none or where they turn out to be too old.
        if ! apt-cache show "${missing[0]}" >/dev/null 2>&1; then
            say "fetching the package lists (apt-get update)"
            "${as_root[@]}" apt-get update -q </dev/null >&2
        fi
        if ! install; then
            say "that failed; fetching newer package lists (apt-get update) and trying once more"
            "${as_root[@]}" apt-get update -q </dev/null >&2
            install
        fi
        say "installed: ${missing[*]}"
    fi
else
    say "this is not a Debian system, so nothing can be installed here. Needed (Debian's names):"
    say "    ${packages[*]}"
fi

# ---- the Swift toolchain

if ! command -v swift >/dev/null; then
    say "there is no 'swift' in PATH. Apus is built with Swift 6.3. To get it on Debian 12:"
    say "    curl -O https://download.swift.org/swiftly/linux/swiftly-\$(uname -m).tar.gz"
    say "    tar zxf swiftly-\$(uname -m).tar.gz && ./swiftly init && swiftly install 6.3"
    say "or unpack the toolchain for Debian 12 from https://www.swift.org/install/linux/ and put its usr/bin into PATH."
    exit 1
fi
version="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -1)"
major="${version%%.*}" minor="${version#*.}"
if [ -z "$version" ] || [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 3 ]; }; then
    say "Swift ${version:-of an unknown version} is too old: 6.3 or newer is needed (https://www.swift.org/install/linux/)."
    exit 1
fi

# ---- what is useful and not needed

if [ "${1:-}" = --tests ] && ! command -v java >/dev/null; then
    say "there is no Java: the tests with Apache Kafka's own tools are left out."
    say "    (to have them: apt-get install openjdk-17-jre-headless, and an Apache Kafka 4.3 in KAFKA_HOME)"
fi
