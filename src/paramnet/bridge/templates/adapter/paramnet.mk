# Adapter {{ config.name }}: include this file in your Makefile, compile {{ prefix }}_paramnet.o before the files that use the module, and
# add $(PARAMNET_LIBS) to the line that links the model.  Alone: make -f paramnet.mk drive_{{ config.name }}
{% set package = "paramnet-record" if recorder else "paramnet-fortran" %}
ifeq ($(origin FC),default)
  FC := gfortran
endif
PARAMNET_DIR ?= $(dir $(lastword $(MAKEFILE_LIST)))
PARAMNET_FFLAGS := $(shell pkg-config --cflags {{ package }})
PARAMNET_LIBS := $(shell pkg-config --libs {{ package }}) -Wl,-rpath,$(shell pkg-config --variable=libdir {{ package }})
ifeq ($(PARAMNET_FFLAGS),)
  $(error {{ package }} not found: {{ "`paramnet bridge install PREFIX` where netCDF-C is, and export PKG_CONFIG_PATH=PREFIX/lib/pkgconfig" if recorder else "export PKG_CONFIG_PATH=$$(paramnet bridge --pkg-config-dir)" }})
endif

{{ prefix }}_paramnet.o: $(PARAMNET_DIR){{ files["module.f90"] }}
	$(FC) $(FFLAGS) $(PARAMNET_FFLAGS) -c $< -o $@

drive_{{ config.name }}: $(PARAMNET_DIR)drive_{{ config.name }}.f90 {{ prefix }}_paramnet.o
	$(FC) $(FFLAGS) $(PARAMNET_FFLAGS) $^ -o $@ $(PARAMNET_LIBS)
