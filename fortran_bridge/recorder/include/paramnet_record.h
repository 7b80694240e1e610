/* paramnet_record: record the inputs and outputs of a parameterization as CF netCDF files, from which `paramnet source`
 * makes the source and the contract of a scheme.
 *
 * Life of a recorder: open -> columns, levels, constants -> bind every variable by name -> before and after the
 * parameterization, each step -> close.  Every function returns a PARAMNET_STATUS_* code of paramnet.h and never throws,
 * aborts or exits; paramnet_record_last_error() returns the text of the last failure of the calling thread.  Files
 * appear under their names when they are complete.  One thread at a time uses a recorder.
 */
#ifndef PARAMNET_RECORD_H
#define PARAMNET_RECORD_H

#include "paramnet.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PARAMNET_RECORD_INPUT = 0,  /* the value before the parameterization */
    PARAMNET_RECORD_OUTPUT = 1, /* the value after it, such as a tendency or precipitation of its own */
    PARAMNET_RECORD_STATE = 2   /* the value before it is an input; (after - before) / tendency_interval is the output
                                   tendency_of_<name>_due_to_<scheme> */
};

/* An open recording. */
typedef struct paramnet_recorder paramnet_recorder;

/* Fill with paramnet_record_options_init before changing anything. */
typedef struct paramnet_record_options {
    uint64_t struct_size;     /* sizeof(paramnet_record_options) */
    const char *scheme;       /* name of the parameterization, such as "convection": letters, digits, _ */
    const char *model;        /* name and version of the host, for the attribute `source` */
    const char *time_units;   /* of `time`: "days since 0001-01-01", also hours, minutes, seconds */
    const char *calendar;     /* CF name: "standard" (default), "noleap", "360_day", ... */
    double time_step;         /* s, between two calls of the parameterization; must be set */
    double tendency_interval; /* s, over which the host applies a tendency; 0 (default): the time step */
    int64_t every_step;       /* record each k-th step, counted from the origin of time; default 1 */
    int64_t every_column;     /* record each k-th column; default 1 */
    int64_t steps_per_file;   /* recorded steps of a file; 0 (default): those of a day */
    int32_t rank;             /* of this writer, from 0; each has its own columns and its own files */
    int32_t ranks;            /* number of writers; default 1 */
    int32_t append;           /* 0 (default): files of this scheme and rank in the folder are refused; 1: a restart adds
                                 to them, and leaves out the steps that they have */
    int32_t reserved;
} paramnet_record_options;

/* Since open. */
typedef struct paramnet_record_counts {
    int64_t written; /* steps */
    int64_t skipped; /* steps that the files had already */
    int64_t lost;    /* steps of files that could not be completed */
    int64_t files;   /* completed */
} paramnet_record_counts;

/* Text of the last failure on this thread: what, expected, got, where, remedy.  "" before any failure. */
PARAMNET_API const char *paramnet_record_last_error(void);

PARAMNET_API int32_t paramnet_record_options_init(paramnet_record_options *options);

/* folder exists; nothing is written before the first step.  *recorder is NULL unless PARAMNET_OK. */
PARAMNET_API int32_t paramnet_record_open(const char *folder, const paramnet_record_options *options,
                                          paramnet_recorder **recorder);

/* Position of each column in degrees; area in any unit, may be NULL (not recorded). */
PARAMNET_API int32_t paramnet_record_columns(paramnet_recorder *recorder, int64_t columns, const double *latitude,
                                             const double *longitude, const double *area);

/* Pressure (Pa) = a (Pa) + b * surface pressure at the levels + 1 interfaces and in the middle of each level (NULL: the mean
 * of the interfaces).  order: PARAMNET_TOP_FIRST or PARAMNET_BOTTOM_FIRST, that of these arrays. */
PARAMNET_API int32_t paramnet_record_levels(paramnet_recorder *recorder, int64_t levels, const double *a_interface,
                                            const double *b_interface, const double *a_mid, const double *b_mid,
                                            int32_t order);

/* Heights (m) of the middle of each level, for models without pressure coordinates. */
PARAMNET_API int32_t paramnet_record_heights(paramnet_recorder *recorder, int64_t levels, const double *height,
                                             int32_t order);

/* A constant of the host, SI: gravity, specific_heat_of_dry_air, latent_heat_of_vaporization, ... */
PARAMNET_API int32_t paramnet_record_constant(paramnet_recorder *recorder, const char *name, double value);

/* Stores the address of an array, which before and after read in place.  role: PARAMNET_RECORD_*.  standard_name: CF name,
 * NULL or "" for none.  The array has the columns and 1 or all levels declared before. */
PARAMNET_API int32_t paramnet_record_bind(paramnet_recorder *recorder, int32_t role, const char *name, const char *units,
                                          const char *standard_name, const paramnet_array *array);

/* Around the parameterization.  time: in time_units, the start of the step. */
PARAMNET_API int32_t paramnet_record_before(paramnet_recorder *recorder, double time);
PARAMNET_API int32_t paramnet_record_after(paramnet_recorder *recorder);

PARAMNET_API int32_t paramnet_record_counters(const paramnet_recorder *recorder, paramnet_record_counts *counts);

/* Completes the last file and frees the recorder, also if the file cannot be completed.  NULL is allowed.  counts: at the
 * end, with the last file; may be NULL. */
PARAMNET_API int32_t paramnet_record_close(paramnet_recorder *recorder, paramnet_record_counts *counts);

#ifdef __cplusplus
}
#endif

#endif
