/* paramnet: run a trained parameterization (a `scheme.pt`) inside a host model.
 *
 * Life of a scheme: load -> bind every input and output by name -> check the host's grid and constants -> run, each
 * step -> free.  Every function returns a PARAMNET_STATUS_* code and never throws, aborts or exits; the text that goes
 * with the last failure of the calling thread is paramnet_last_error().  Arrays stay the host's: binding stores
 * addresses, run reads inputs and writes outputs in place.  A failed call leaves outputs and flags untouched.
 */
#ifndef PARAMNET_H
#define PARAMNET_H

#include <stdint.h>

#include "paramnet_version.h"

#if defined(_WIN32)
#define PARAMNET_API
#else
#define PARAMNET_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PARAMNET_OK = 0,
    PARAMNET_STATUS_INVALID_ARGUMENT = 1,  /* a null pointer, unknown option, negative count */
    PARAMNET_STATUS_FILE = 2,              /* the file cannot be read */
    PARAMNET_STATUS_FORMAT = 3,            /* the file is not a scheme this library understands */
    PARAMNET_STATUS_CONTRACT_MISMATCH = 4, /* name, units, extent, pressure or constant differs from the training's */
    PARAMNET_STATUS_UNBOUND = 5,           /* run before every variable was bound */
    PARAMNET_STATUS_BACKEND = 6,           /* the network itself failed */
    PARAMNET_STATUS_DEVICE = 7,            /* the device asked for is not there */
    PARAMNET_STATUS_OUT_OF_MEMORY = 8,
    PARAMNET_STATUS_INTERNAL = 9           /* a defect of this library */
};

enum { PARAMNET_REAL32 = 4, PARAMNET_REAL64 = 8 };   /* bytes of one number */
enum { PARAMNET_INPUT = 0, PARAMNET_OUTPUT = 1 };
enum { PARAMNET_MIDPOINTS = 0, PARAMNET_INTERFACES = 1 };

/* Bits of the per-column flags that run returns. */
enum {
    PARAMNET_FLAG_NONFINITE_INPUT = 1,  /* outputs of this column are zero */
    PARAMNET_FLAG_NONFINITE_OUTPUT = 2, /* outputs of this column are zero */
    PARAMNET_FLAG_OUTSIDE_ENVELOPE = 4  /* an input lies beyond the training minimum or maximum; outputs are kept */
};

typedef struct paramnet_scheme paramnet_scheme;

/* Fill with paramnet_options_init before changing anything. */
typedef struct paramnet_options {
    uint64_t struct_size;      /* sizeof(paramnet_options) */
    const char *device;        /* "cpu" (default), "cuda", "cuda:N", "auto" (local MPI rank -> GPU, else cpu) */
    const char *backend;       /* "auto" (default), "torchscript" */
    const char *precision;     /* "float32" (default), "float64": the arithmetic of the network */
    double envelope_tolerance; /* widens the training range, as a fraction of (maximum - minimum); default 0 */
    int32_t threads;           /* threads of one call; default 1 */
    int32_t reserved;          /* 0 */
} paramnet_options;

/* A host array seen as (column, level).  Strides are in elements and may be negative: a level-first array has
 * level_stride 1, a bottom-first one points at its last level with a negative level_stride. */
typedef struct paramnet_array {
    void *data;            /* element (first column, first level) */
    int64_t columns;       /* extent; may exceed the ncol of run */
    int64_t levels;        /* extent; 1 for a column variable */
    int64_t column_stride;
    int64_t level_stride;
    int32_t kind;          /* PARAMNET_REAL32 or PARAMNET_REAL64 */
    int32_t reserved;      /* 0 */
} paramnet_array;

/* Strings live until paramnet_free. */
typedef struct paramnet_variable {
    const char *name;
    const char *standard_name;
    const char *units;
    int64_t levels;        /* 1 for a column variable */
    int32_t profile;       /* 1: (column, level), 0: (column) */
    int32_t reserved;
} paramnet_variable;

typedef struct paramnet_counts { /* since load */
    int64_t calls;
    int64_t columns;
    int64_t nonfinite_input;
    int64_t nonfinite_output;
    int64_t outside_envelope;
} paramnet_counts;

/* Text of the last failure on this thread: what, where, expected, got, what to do.  "" before any failure. */
PARAMNET_API const char *paramnet_last_error(void);

/* "0.1.0" */
PARAMNET_API const char *paramnet_version(void);

PARAMNET_API int32_t paramnet_options_init(paramnet_options *options);

/* Reads, checks and warms up a scheme.  options may be NULL (defaults).  *scheme is NULL unless PARAMNET_OK. */
PARAMNET_API int32_t paramnet_load(const char *path, const paramnet_options *options, paramnet_scheme **scheme);

/* NULL is allowed. */
PARAMNET_API int32_t paramnet_free(paramnet_scheme *scheme);

/* Name and units must be the contract's, word for word.  Binding a name again replaces its array. */
PARAMNET_API int32_t paramnet_bind_input(paramnet_scheme *scheme, const char *name, const char *units,
                                         const paramnet_array *array);
PARAMNET_API int32_t paramnet_bind_output(paramnet_scheme *scheme, const char *name, const char *units,
                                          const paramnet_array *array);

/* Evaluates columns 1..ncol of the bound arrays.  flags: NULL, or ncol integers that receive PARAMNET_FLAG_* sums.
 * Calls on one scheme are serialised; different schemes may run at once. */
PARAMNET_API int32_t paramnet_run(paramnet_scheme *scheme, int64_t ncol, int32_t *flags);

/* Compares the host's pressures (Pa) with a + b * surface_pressure of the training grid for columns 1..ncol; the
 * message names the first level that is off by more than relative_tolerance, expected and got. */
PARAMNET_API int32_t paramnet_check_pressure(const paramnet_scheme *scheme, int64_t ncol,
                                             const paramnet_array *surface_pressure,
                                             const paramnet_array *level_pressure, double relative_tolerance);

/* name: one of the manifest's constants, or "time_step", "tendency_interval" (s). */
PARAMNET_API int32_t paramnet_check_constant(const paramnet_scheme *scheme, const char *name, double value,
                                             double relative_tolerance);

PARAMNET_API int32_t paramnet_counters(const paramnet_scheme *scheme, paramnet_counts *counts);

/* Number of inputs or outputs (direction PARAMNET_INPUT / PARAMNET_OUTPUT), then each by index 0.. */
PARAMNET_API int32_t paramnet_variable_count(const paramnet_scheme *scheme, int32_t direction, int64_t *count);
PARAMNET_API int32_t paramnet_variable_info(const paramnet_scheme *scheme, int32_t direction, int64_t index,
                                            paramnet_variable *variable);

/* Smallest and largest value of an output in the training data, per level, in the output's units; size = its levels. */
PARAMNET_API int32_t paramnet_output_limits(const paramnet_scheme *scheme, const char *name, int64_t size,
                                            double *minimum, double *maximum);

PARAMNET_API int32_t paramnet_level_count(const paramnet_scheme *scheme, int64_t *levels);

/* Pressure (Pa) = a (Pa) + b * surface pressure, top first; where PARAMNET_MIDPOINTS (size = levels) or
 * PARAMNET_INTERFACES (size = levels + 1). */
PARAMNET_API int32_t paramnet_vertical_grid(const paramnet_scheme *scheme, int32_t where, int64_t size, double *a,
                                            double *b);

/* The whole manifest as JSON, and one line naming scheme, contract, backend, device and precision; both live until
 * paramnet_free. */
PARAMNET_API int32_t paramnet_manifest(const paramnet_scheme *scheme, const char **json);
PARAMNET_API int32_t paramnet_describe(const paramnet_scheme *scheme, const char **line);

#ifdef __cplusplus
}
#endif
#endif
