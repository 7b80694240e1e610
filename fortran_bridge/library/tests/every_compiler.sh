#!/usr/bin/env bash
# Build the bridge with every Fortran compiler found (or those named), warnings as errors, and run its tests.
# usage: every_compiler.sh BUILD_FOLDER [COMPILER ...]     PYTHON: the interpreter that has torch (default python3)
set -uo pipefail
source_folder=$(cd "$(dirname "$0")/../.." && pwd)
build_folder=${1:?usage: every_compiler.sh BUILD_FOLDER [COMPILER ...]}
shift
python=${PYTHON:-python3}
[ $# -gt 0 ] || set -- gfortran-{11,12,13,14,15} flang-new-{17,18,19} flang-{20,21,22} ifx nvfortran lfortran

found=0 failures=()
for compiler in "$@"; do
  command -v "$compiler" >/dev/null || continue
  found=$((found + 1))
  folder=$build_folder/$compiler
  log=$folder.log
  mkdir -p "$folder"
  echo "compilers: $compiler ($("$compiler" --version 2>/dev/null | grep -m1 .))"
  cmake -S "$source_folder" -B "$folder" -DCMAKE_Fortran_COMPILER="$compiler" -DPARAMNET_BUILD_PYTHON=OFF \
    -DCMAKE_COMPILE_WARNING_AS_ERROR=ON \
    -DPython_EXECUTABLE="$(command -v "$python")" \
    -DCMAKE_PREFIX_PATH="$("$python" -c 'import torch; print(torch.utils.cmake_prefix_path)')" >"$log" 2>&1 \
    && cmake --build "$folder" -j "$(sh "$source_folder/cmake/jobs.sh")" >>"$log" 2>&1 \
    && OMP_NUM_THREADS=1 ctest --test-dir "$folder" -E "^crm_" --output-on-failure >>"$log" 2>&1
  if [ $? -eq 0 ]; then
    echo "compilers: $compiler: $(grep -m1 'tests passed' "$log")"
  else
    grep -E 'error|Error|Failed|Not Run' "$log" | head -20
    echo "compilers: $compiler FAILED, see $log"
    failures+=("$compiler")
  fi
done
[ $found -gt 0 ] || { echo "compilers: expected at least one Fortran compiler on PATH, got none of $*"; exit 1; }
[ ${#failures[@]} -eq 0 ] || { echo "compilers: failed with ${failures[*]}"; exit 1; }
