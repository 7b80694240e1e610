#%Module
# Environment Modules and Lmod. Copy it to a folder of MODULEPATH as paramnet/<version> and set the two folders below.
#   prefix    what `paramnet bridge install PREFIX` or `make install-bridge PREFIX=...` wrote: the libraries and modules
#   python    the virtual environment of paramnet-climate; "" if only Fortran models use this module
set prefix  /opt/paramnet
set python  /opt/paramnet/env

conflict paramnet
proc ModulesHelp {} {
    puts stderr "Neural networks in place of a climate model's convection scheme: the command paramnet, libparamnet and its Fortran module.\n"
    puts stderr "  gfortran host.f90 \$(pkg-config --cflags --libs paramnet-fortran)"
    puts stderr "  cmake -S . -B build      # find_package(paramnet REQUIRED COMPONENTS bridge)"
}
module-whatis "Neural networks in place of a climate model's convection scheme"

if { ![file isdirectory $prefix/lib/cmake/paramnet] } {
    puts stderr "paramnet: expected the installed bridge in $prefix, got no lib/cmake/paramnet; correct `prefix` in [module-info name]"
    break
}
setenv       PARAMNET_BRIDGE_DIR  $prefix
prepend-path CMAKE_PREFIX_PATH    $prefix
prepend-path PKG_CONFIG_PATH      $prefix/lib/pkgconfig
prepend-path LD_LIBRARY_PATH      $prefix/lib
prepend-path LD_RUN_PATH          $prefix/lib
if { $python ne "" } {
    if { ![file executable $python/bin/paramnet] } {
        puts stderr "paramnet: expected the command paramnet in $python/bin, got none; correct `python` in [module-info name]"
        break
    }
    prepend-path PATH $python/bin
}
