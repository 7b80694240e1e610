#!/bin/sh
# Number of files to compile at once: one per core (nproc alone would obey OMP_NUM_THREADS), with 1.5 GB of memory each,
# which a source that includes libtorch may need.
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
