/* paramnet: run a trained parameterization (a `scheme.pt`) inside a host model.
 *
 * Life of a scheme: load -> bind every input and output by name -> check the host's grid and constants -> run, each
 * step -> free.  Every function returns a PARAMNET_STATUS_* code and never throws, aborts or exits.
 * paramnet_last_error() returns the text of the last failure of the calling thread.  The host owns its arrays: binding
 * stores addresses, run reads inputs and writes outputs in place.  A refused call leaves outputs and flags unchanged.
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
    PARAMNET_STATUS_CONTRACT_MISMATCH = 4, /* name, units, extent, pressure or constant differs from training */
    PARAMNET_STATUS_UNBOUND = 5,           /* run before every variable was bound */
    PARAMNET_STATUS_BACKEND = 6,           /* the network itself failed */
    PARAMNET_STATUS_DEVICE = 7,            /* the requested device is not available */
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
    PARAMNET_FLAG_OUTSIDE_ENVELOPE = 4, /* an input is outside the training range; outputs are kept */
    PARAMNET_FLAG_FAR_FROM_TRAINING = 8 /* the combination of inputs is far from the training data; outputs are kept */
};

/* Bits of paramnet_array.options. */
enum {
    PARAMNET_ARRAY_DEVICE = 1,       /* data is an address in the memory of the scheme's GPU */
    PARAMNET_ARRAY_BOTTOM_FIRST = 2, /* level 1 is the lowest; the library reverses */
    PARAMNET_ARRAY_CONVERT = 4       /* units may differ, as below; the library converts */
};

/* Units accepted in addition to the contract's with PARAMNET_ARRAY_CONVERT: others of the same quantity (products of
 * powers: hPa, g kg-1, mm day-1; degC with its offset), and one quantity for another, in either direction:
 *   J kg-1 s-1 | K s-1 (the scheme's cp)          m s-1 | kg m-2 s-1 (depth of liquid water)
 *   W m-2 | K s-1 of a profile: the scheme's cp and g, and the host's own input "pressure_thickness" (Pa, dp > 0) */

enum { PARAMNET_TOP_FIRST = 0, PARAMNET_BOTTOM_FIRST = 1 };

typedef struct paramnet_scheme paramnet_scheme;

/* Fill with paramnet_options_init before changing anything. */
typedef struct paramnet_options {
    uint64_t struct_size;      /* sizeof(paramnet_options) */
    const char *device;        /* "cpu" (default), "cuda", "cuda:N", "auto" (local MPI rank -> GPU, else cpu) */
    const char *backend;       /* "auto" (default), "native", "torchscript", "aoti" */
    const char *precision;     /* "float32" (default), "float64", "bfloat16": the arithmetic of the network */
    const char *fallback;      /* for columns with a bit of fallback_flags: "zero" (default), "keep" (host's values) */
    double envelope_tolerance; /* widens the training range, as a fraction of its width; default 0 */
    double envelope_quantile;  /* range from this quantile to 1 minus it; 0 (default): minimum to maximum */
    double distance_quantile;  /* a column is flagged as far beyond this quantile of training distances (1: maximum,
                                  0.9999, 0.999, ...); envelope_tolerance widens it too; 0 (default): off */
    double bfloat16_tolerance; /* largest exported error that bfloat16 may have, in an output's standard deviations */
    int32_t fallback_flags;    /* sum of PARAMNET_FLAG_*; the two NONFINITE bits (default) always count */
    int32_t strict;            /* 1 (default): no run before check_pressure or declare_grid has compared the levels */
    int32_t threads;           /* threads of one call; default 1 */
    int32_t trust;             /* 0 (default): TorchScript that could do more than compute (touch files, start threads) is
                                  refused; 1: it is loaded, for authors you trust */
} paramnet_options;

/* A host array viewed as (column, level).  Strides are in elements and may be negative: a level-first array has
 * level_stride 1. */
typedef struct paramnet_array {
    void *data;            /* element (first column, first level) */
    int64_t columns;       /* extent; may exceed the ncol of run */
    int64_t levels;        /* extent; 1 for a column variable */
    int64_t column_stride;
    int64_t level_stride;
    int32_t kind;          /* PARAMNET_REAL32 or PARAMNET_REAL64 */
    int32_t options;       /* sum of PARAMNET_ARRAY_*; 0: host memory, top first, the contract's units */
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

typedef struct paramnet_counts { /* since load, over all handles that share a scheme */
    int64_t calls;         /* a flush counts as one */
    int64_t columns;
    int64_t nonfinite_input;
    int64_t nonfinite_output;
    int64_t outside_envelope;
    int64_t far_from_training;
    int64_t fallen_back;   /* columns with a bit of fallback_flags */
    int64_t corrected[3];  /* columns that a fixer changed noticeably (1e-9 kg m-2 s-1, 2.5e-3 W m-2): non_negative_water,
                              column_water_closure, column_enthalpy_closure; paramnet_corrected has every kind */
} paramnet_counts;

/* Called with each failure passed to paramnet_report_failure. */
typedef void (*paramnet_error_hook)(int32_t status, const char *message, void *context);

/* Text of the last failure on this thread: what, where, expected, got, remedy.  "" before any failure. */
PARAMNET_API const char *paramnet_last_error(void);

/* "0.1.0" */
PARAMNET_API const char *paramnet_version(void);

/* Sets every option to its default. */
PARAMNET_API int32_t paramnet_options_init(paramnet_options *options);

/* Reports a failure for a caller without a status argument: calls the hook, or without one writes the message to
 * standard error.  hook NULL: removes the hook.  One hook for the entire program. */
PARAMNET_API int32_t paramnet_set_error_hook(paramnet_error_hook hook, void *context);
PARAMNET_API int32_t paramnet_report_failure(int32_t status, const char *message);

/* Reads, checks and warms up a scheme.  options may be NULL (defaults).  *scheme is NULL unless PARAMNET_OK. */
PARAMNET_API int32_t paramnet_load(const char *path, const paramnet_options *options, paramnet_scheme **scheme);

/* Another handle of the same scheme: same weights, threads, counters, ramp and fixers, no arrays bound.  Free each. */
PARAMNET_API int32_t paramnet_share(const paramnet_scheme *scheme, paramnet_scheme **other);

/* NULL is allowed.  Do not call while another thread uses the handle. */
PARAMNET_API int32_t paramnet_free(paramnet_scheme *scheme);

/* Name and units must be the contract's, word for word (but see PARAMNET_ARRAY_CONVERT).  Binding a name again replaces
 * its array.  In addition to the contract's names there are the input "pressure_thickness" and, for the corrections by
 * fixers, one value per column, the outputs "correction_by_<fixer>" (kg m-2 s-1, for enthalpy and energy W m-2, for limits 1): what
 * a closure adds to the column, the water given to levels that lacked it, or the number of values beyond their limits. */
PARAMNET_API int32_t paramnet_bind_input(paramnet_scheme *scheme, const char *name, const char *units,
                                         const paramnet_array *array);
PARAMNET_API int32_t paramnet_bind_output(paramnet_scheme *scheme, const char *name, const char *units,
                                          const paramnet_array *array);

/* Evaluates the first ncol columns of the bound arrays.  flags: NULL, or ncol integers that receive PARAMNET_FLAG_* sums.  Any
 * number of threads may run one scheme at once, on different columns.  The first run compares inputs with valid_range. */
PARAMNET_API int32_t paramnet_run(paramnet_scheme *scheme, int64_t ncol, int32_t *flags);

/* The same for ncol columns after the first `first`; flags[0] belongs to column `first` (0: the first column). */
PARAMNET_API int32_t paramnet_run_range(paramnet_scheme *scheme, int64_t first, int64_t ncol, int32_t *flags);

/* One shot: outputs (column, n_out) of inputs (column, n_in), both in the contract's order and units.  Needs no binding,
 * touches no bound array, and may be called by many threads at once. */
PARAMNET_API int32_t paramnet_predict(const paramnet_scheme *scheme, int64_t ncol, const paramnet_array *inputs,
                                      const paramnet_array *outputs, int32_t *flags);

/* For hosts that work in chunks: enqueue remembers columns of a handle's arrays (each chunk its own shared handle, or
 * ranges of one), from any thread; flush evaluates the queue of all handles that share the scheme, as one call.
 * A failing flush writes nothing and clears the queue. */
PARAMNET_API int32_t paramnet_enqueue(paramnet_scheme *scheme, int64_t first, int64_t ncol, int32_t *flags);
PARAMNET_API int32_t paramnet_flush(paramnet_scheme *scheme);

/* Derivatives of a scheme with the native backend in float32: L, the Jacobian of the outputs with respect to the inputs, at the values
 * of the bound inputs, column by column.  State, random numbers and the host's pressure thickness are held fixed.  Branches (limits,
 * the larger of two numbers, rectifiers) are those taken at this point.  Columns that fall back have no derivative; with a ramp it
 * is that of the network's share.  Order: bind inputs, and the perturbations that vary; linearize; then tangent and adjoint, any
 * number of times, e.g. the inner loops of 4D-Var. */

/* As bind_input and bind_output, for the numbers that tangent and adjoint read and write: perturbations of the variable (differences;
 * degC counts as K) or, with adjoint, derivatives of a scalar with respect to it (per `units`).  An input without an array is held
 * fixed, an output without one is not computed and has the adjoint 0. */
PARAMNET_API int32_t paramnet_bind_input_perturbation(paramnet_scheme *scheme, const char *name, const char *units,
                                                      const paramnet_array *array);
PARAMNET_API int32_t paramnet_bind_output_perturbation(paramnet_scheme *scheme, const char *name, const char *units,
                                                       const paramnet_array *array);

/* Keeps the derivative at the first ncol columns of the bound inputs until the next linearize of this handle; outputs are not written.
 * kind: PARAMNET_REAL32 or PARAMNET_REAL64, the arithmetic of tangent and adjoint (of linearize always float64).  Allocates if ncol
 * is larger than before or kind differs, else nothing is allocated.  Threads use a shared handle each; calls of one handle wait for each
 * other. */
PARAMNET_API int32_t paramnet_linearize(paramnet_scheme *scheme, int64_t ncol, int32_t kind);

/* tangent: output perturbations = L * input perturbations.  adjoint: input perturbations += L' * output perturbations, which stay
 * unchanged.  Of the first ncol columns, at most as many as linearized. */
PARAMNET_API int32_t paramnet_tangent(paramnet_scheme *scheme, int64_t ncol);
PARAMNET_API int32_t paramnet_adjoint(paramnet_scheme *scheme, int64_t ncol);

/* What tangent approximates, for tests of it: output perturbations = f(x + input perturbations) - f(x) at the linearized x, all in
 * float64, with the branches of either side. */
PARAMNET_API int32_t paramnet_difference(paramnet_scheme *scheme, int64_t ncol);

/* Applies physical constraints.  Fixers act on the network's outputs, in the order they were added.  roles names
 * variables, "role=variable, role=variable"; those in brackets may be left out:
 *   "non_negative_water"       state (input, kg kg-1), tendency (output, kg kg-1 s-1), [so_far] (input, kg kg-1 s-1),
 *                              [heating] (output, K s-1): state + (so_far + tendency) * interval >= 0; the deficit of a
 *                              level is taken from the levels with a surplus, in proportion; cp heating + Lv tendency is kept
 *   "column_water_closure"     tendency, sink (outputs, kg kg-1 s-1): the column loses the vapour that rains.  With [state],
 *                              [so_far] it is taken from the water that levels hold, and a sink without water is reduced
 *   "column_enthalpy_closure"  heating (output, K s-1), condensation (output, kg kg-1 s-1), [humidity] (input, kg kg-1):
 *                              the heat gained is the latent heat released
 *   "column_water_flux_closure"  tendency (output, kg kg-1 s-1), humidity (input, kg kg-1), precipitation (output, one value
 *                              per column, kg m-2 s-1, m s-1 or W m-2), [liquid], [ice] (outputs, kg kg-1 s-1), [evaporation]
 *                              (input): the column gains evaporation less precipitation
 *   "column_energy_closure"    heating (output, K s-1), moistening (output, kg kg-1 s-1), [ice] (output, kg kg-1 s-1),
 *                              [snowfall] (output, one value per column): moist enthalpy is kept, but for what freezes
 *   "output_limits"            variable (output, any number of them), [margin] (a number, default 0): each level is limited to
 *                              its range in training, widened by margin times the largest limit of the variable; what is cut
 *                              off goes to the levels with room, so the integral of a profile over the column is kept
 * Do not call while another thread runs the scheme. */
PARAMNET_API int32_t paramnet_add_fixer(paramnet_scheme *scheme, const char *kind, const char *roles);

/* The same laws on a host's own arrays (ncol, levels), columns contiguous; no scheme is needed.  mass: of the levels, in any
 * unit; water: kg kg-1, without the tendency; interval: s.  limit_range clips to lower and upper of each level.
 * non_negative_water: with mass NULL deficits are filled from outside the column.  column_water_closure is that with a
 * state; residual (ncol) receives the sum of (tendency + sink) * mass that was removed. */
PARAMNET_API int32_t paramnet_limit_range(int64_t ncol, int64_t levels, const double *lower, const double *upper,
                                          double *values);
PARAMNET_API int32_t paramnet_non_negative_water(int64_t ncol, int64_t levels, double interval, const double *mass,
                                                 const double *water, double *tendency);
PARAMNET_API int32_t paramnet_column_water_closure(int64_t ncol, int64_t levels, double interval, const double *mass,
                                                   const double *water, double *tendency, double *sink, double *residual);

/* Stochastic schemes, and schemes with state that they keep from step to step.  Other schemes need none of these calls.
 * Order: bind_columns once; start_state for a cold start or set_state with the values in the restart file, once, if
 * state_size is not 0; set_step before the runs of each step; get_state when the host writes its restart file.
 * Random numbers depend on seed, member, step, global column number and on nothing else: on any ranks, threads or chunks, and
 * after a restart, a column gets the same ones. */

/* Global numbers of the handle's columns (from 0, different from each other on all ranks), which are copied. */
PARAMNET_API int32_t paramnet_bind_columns(paramnet_scheme *scheme, int64_t ncol, const int64_t *numbers);

/* The host's step, 0 to 2^32 - 1, for all handles of the scheme.  With state, steps must be consecutive: at the next step
 * the state of the last one is read, at the same step columns are evaluated again from the same state. */
PARAMNET_API int32_t paramnet_set_step(paramnet_scheme *scheme, int64_t step);

/* 0 to 2^32 - 1 each, for all handles; both 0 at load. */
PARAMNET_API int32_t paramnet_set_noise(paramnet_scheme *scheme, int64_t seed, int64_t member);

/* on 0: zeros in place of random numbers; 1 at load. */
PARAMNET_API int32_t paramnet_set_stochastic(paramnet_scheme *scheme, int32_t on);

/* Numbers per column that the scheme keeps, and random numbers that it takes per call; 0 for other schemes. */
PARAMNET_API int32_t paramnet_state_size(const paramnet_scheme *scheme, int64_t *size);
PARAMNET_API int32_t paramnet_random_numbers(const paramnet_scheme *scheme, int64_t *count);

/* State of all columns of the handle.  start_state: the start values.  size: state_size * ncol; state: element
 * [row * ncol + column], Fortran state(ncol, state_size). */
PARAMNET_API int32_t paramnet_start_state(paramnet_scheme *scheme);
PARAMNET_API int32_t paramnet_set_state(paramnet_scheme *scheme, int64_t size, const float *state);
PARAMNET_API int32_t paramnet_get_state(const paramnet_scheme *scheme, int64_t size, float *state);

/* The random numbers themselves, for a host's own use: numbers[draw * ncol + column].  Philox 4x32-10 (Salmon et al. 2011) with
 * the counter (column, step, draw / 4) and the key (seed, member), then the quantile of a standard normal. */
PARAMNET_API int32_t paramnet_standard_normal(int64_t seed, int64_t member, int64_t step, int64_t ncol, const int64_t *columns,
                                              int64_t draws, float *numbers);

/* output = fraction * network + (1 - fraction) * host array; 1 at load.  For a spin-up, call it each
 * step with the host's own scheme's results in the arrays. */
PARAMNET_API int32_t paramnet_set_ramp(paramnet_scheme *scheme, double fraction);

/* on 1: run computes, compares with the host's arrays and does not change them; 0: as usual.  Resets the statistics. */
PARAMNET_API int32_t paramnet_set_comparison(paramnet_scheme *scheme, int32_t on);

/* Network minus host of one output, per level (top first; size = its levels), contract units: mean, root mean square and
 * largest absolute difference, over `columns` columns.  Columns that fall back or hold a non-finite value are left out. */
PARAMNET_API int32_t paramnet_comparison(const paramnet_scheme *scheme, const char *name, int64_t size, double *bias,
                                         double *rms, double *largest, int64_t *columns);

/* Compares the host's pressures (Pa) with a + b * surface_pressure of the training grid for columns 1..ncol; the
 * message names the first level that differs by more than relative_tolerance, expected and got. */
PARAMNET_API int32_t paramnet_check_pressure(paramnet_scheme *scheme, int64_t ncol,
                                             const paramnet_array *surface_pressure,
                                             const paramnet_array *level_pressure, double relative_tolerance);

/* The same check from the host's coefficients: pressure (Pa) = a (Pa) + b * surface pressure at the middle of each level.
 * order: PARAMNET_TOP_FIRST or PARAMNET_BOTTOM_FIRST, the order of a and b. */
PARAMNET_API int32_t paramnet_declare_grid(paramnet_scheme *scheme, int64_t levels, const double *a, const double *b,
                                           int32_t order, double relative_tolerance);

/* The check for a scheme whose levels are given by height: height (m) of the middle of each level, in this order. */
PARAMNET_API int32_t paramnet_declare_heights(paramnet_scheme *scheme, int64_t levels, const double *height, int32_t order,
                                              double relative_tolerance);

/* name: one of the manifest's constants, or "time_step", "tendency_interval" (s). */
PARAMNET_API int32_t paramnet_check_constant(const paramnet_scheme *scheme, const char *name, double value,
                                             double relative_tolerance);

/* What the scheme has been called for so far. */
PARAMNET_API int32_t paramnet_counters(const paramnet_scheme *scheme, paramnet_counts *counts);

/* Columns that one kind of fixer changed noticeably since load: by at least 1e-9 kg m-2 s-1 or 2.5e-3 W m-2, or by a limit. */
PARAMNET_API int32_t paramnet_corrected(const paramnet_scheme *scheme, const char *fixer, int64_t *columns);

/* Number of inputs or outputs (direction PARAMNET_INPUT / PARAMNET_OUTPUT), then each by index 0.. */
PARAMNET_API int32_t paramnet_variable_count(const paramnet_scheme *scheme, int32_t direction, int64_t *count);
PARAMNET_API int32_t paramnet_variable_info(const paramnet_scheme *scheme, int32_t direction, int64_t index,
                                            paramnet_variable *variable);

/* Smallest and largest value of an output in the training data, per level, in the output's units; size = its levels. */
PARAMNET_API int32_t paramnet_output_limits(const paramnet_scheme *scheme, const char *name, int64_t size,
                                            double *minimum, double *maximum);

/* Levels of the training grid. */
PARAMNET_API int32_t paramnet_level_count(const paramnet_scheme *scheme, int64_t *levels);

/* Pressure (Pa) = a (Pa) + b * surface pressure, top first; where PARAMNET_MIDPOINTS (size = levels) or
 * PARAMNET_INTERFACES (size = levels + 1). */
PARAMNET_API int32_t paramnet_vertical_grid(const paramnet_scheme *scheme, int32_t where, int64_t size, double *a,
                                            double *b);

/* The complete manifest as JSON, and one line with scheme, contract, backend, device and precision; both live until
 * paramnet_free. */
PARAMNET_API int32_t paramnet_manifest(const paramnet_scheme *scheme, const char **json);
PARAMNET_API int32_t paramnet_describe(const paramnet_scheme *scheme, const char **line);

#ifdef __cplusplus
}
#endif
#endif
