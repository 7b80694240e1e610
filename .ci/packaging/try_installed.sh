#!/usr/bin/env bash
# Try an installed paramnet in an empty folder: the sample, a scheme of it, a Fortran host. About two minutes.
set -euo pipefail
cd "$(mktemp -d)"
paramnet --version
paramnet doctor
paramnet preprocess source=spcam contract=rasp2018_plasim input="$(paramnet example sp_plasim)" splits=columns store=store
paramnet train experiment=quick store=store output=train trainer.epochs=1
paramnet export checkpoint=train/best.ckpt store=store output=scheme.pt
paramnet inspect scheme.pt
cat > CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.24)
project(host LANGUAGES C Fortran)
find_package(paramnet REQUIRED COMPONENTS bridge)
add_executable(host host.f90)
target_link_libraries(host PRIVATE paramnet::bridge)
CMAKE
cat > host.f90 <<'FORTRAN'
program host
  use paramnet
  implicit none
  type(paramnet_scheme) :: scheme
  integer :: status
  character(len=:), allocatable :: message
  call scheme%load('scheme.pt', status=status, message=message)
  if (status /= PARAMNET_OK) error stop 'the scheme does not load'
  print '(a)', 'a Fortran host has loaded the scheme'
end program host
FORTRAN
cmake -S . -B build -Dparamnet_DIR="$(paramnet bridge --cmake-dir)" >cmake.log || { cat cmake.log; exit 1; }
cmake --build build >>cmake.log || { cat cmake.log; exit 1; }
build/host
