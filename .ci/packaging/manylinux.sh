#!/usr/bin/env bash
# nlohmann-json for the wheels of cibuildwheel: the manylinux images have compilers and CMake, and their distribution's json is older than 3.10.
set -euo pipefail
version=3.12.0 sha256=4b92eb0c06d10683f7447ce9406cb97cd4b453be18d7279320f7b2f025c10187
folder=$(mktemp -d)
curl -fsSL -o "$folder/json.tar.gz" "https://github.com/nlohmann/json/archive/refs/tags/v$version.tar.gz"
echo "$sha256  $folder/json.tar.gz" | sha256sum --check --quiet
tar -xzf "$folder/json.tar.gz" -C "$folder"
cmake -S "$folder/json-$version" -B "$folder/build" -DJSON_BuildTests=OFF
cmake --install "$folder/build"
