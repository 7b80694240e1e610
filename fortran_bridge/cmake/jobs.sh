#!/bin/sh
# How many files to compile at once: one a core (nproc alone would heed OMP_NUM_THREADS), and 1.5 GB of memory for each,
# which a source that includes libtorch may take.
cores=$(OMP_NUM_THREADS= OMP_THREAD_LIMIT= nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
available=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' "${MEMINFO:-/proc/meminfo}" 2>/dev/null)
limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null)
case $limit in
  '' | *[!0-9]*) ;;
  *) limit=$((limit / 1048576)); [ "${available:-$limit}" -lt "$limit" ] || available=$limit ;;
esac
jobs=$(( ${available:-$((cores * 1500))} / 1500 ))
[ "$jobs" -lt "$cores" ] || jobs=$cores
[ "$jobs" -ge 1 ] || jobs=1
echo "$jobs"
