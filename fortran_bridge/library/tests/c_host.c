/* c_host FOLDER: freed handles, absurd sizes, the hook, one-shot calls and OpenMP threads on one scheme. */
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "paramnet.h"

enum { columns = 600, levels = 10, width = 2 * levels + 1 };

static int wrong = 0;
static double in[columns * width], out[columns * width];
static int32_t flags[columns];

static void expect(int condition, const char *what) {
    if (condition) return;
    wrong = 1;
    fprintf(stderr, "not so: %s (last error: %s)\n", what, paramnet_last_error());
}

static void expect_failure(int32_t status, int32_t expected, const char *words) {
    expect(status == expected, words);
    expect(strstr(paramnet_last_error(), words) != NULL, words);
}

static paramnet_scheme *load(const char *path, int32_t threads, int32_t strict) {
    paramnet_options options;
    paramnet_scheme *scheme = NULL;
    paramnet_options_init(&options);
    options.threads = threads;
    options.strict = strict;
    expect(paramnet_load(path, &options, &scheme) == PARAMNET_OK, "the scheme loads");
    return scheme;
}

static void freed_handles_are_refused(const char *path) {
    paramnet_scheme *scheme = load(path, 1, 0), *other = NULL;
    expect(paramnet_share(scheme, &other) == PARAMNET_OK && other != scheme, "a second handle");
    expect(paramnet_free(scheme) == PARAMNET_OK, "freed");
    const char *words = "got one that was freed or never given out";
    expect_failure(paramnet_run(scheme, 0, NULL), PARAMNET_STATUS_INVALID_ARGUMENT, words);
    expect_failure(paramnet_free(scheme), PARAMNET_STATUS_INVALID_ARGUMENT, words);
    expect_failure(paramnet_run((paramnet_scheme *)(void *)in, 0, NULL), PARAMNET_STATUS_INVALID_ARGUMENT, words);
    paramnet_scheme *third = load(path, 1, 0);
    expect(third != scheme, "a new handle is not the old one");
    expect_failure(paramnet_flush(scheme), PARAMNET_STATUS_INVALID_ARGUMENT, words);
    int64_t count = 0;
    expect(paramnet_level_count(other, &count) == PARAMNET_OK && count == levels, "the shared one lives on");
    expect(paramnet_free(other) == PARAMNET_OK && paramnet_free(third) == PARAMNET_OK, "both freed");
}

static void absurd_options_and_sizes(const char *path) {
    paramnet_options options;
    paramnet_scheme *scheme = NULL;
    paramnet_options_init(&options);
    options.threads = 1 << 20;
    expect_failure(paramnet_load(path, &options, &scheme), PARAMNET_STATUS_INVALID_ARGUMENT, "threads: expected at most 1024");
    options.threads = 1;
    options.strict = 7;
    expect_failure(paramnet_load(path, &options, &scheme), PARAMNET_STATUS_INVALID_ARGUMENT, "options.strict: expected 0 or 1, got 7");
    options.strict = 1;
    options.envelope_quantile = 0.5;
    expect_failure(paramnet_load(path, &options, &scheme), PARAMNET_STATUS_INVALID_ARGUMENT, "envelope_quantile");
    scheme = load(path, 1, 1);
    const paramnet_array rows = {in, columns, width, width, 1, PARAMNET_REAL64, 0};
    paramnet_array one = rows;
    one.columns = 1;
    expect_failure(paramnet_predict(scheme, 8, &one, &rows, NULL), PARAMNET_STATUS_INVALID_ARGUMENT, "inputs: expected at least 8 columns, got 1");
    one.levels = 1;
    expect_failure(paramnet_predict(scheme, 1, &rows, &one, NULL), PARAMNET_STATUS_CONTRACT_MISMATCH, "outputs: expected (column, 21), got 1");
    expect_failure(paramnet_predict(scheme, INT64_MAX, &rows, &rows, NULL), PARAMNET_STATUS_INVALID_ARGUMENT, "expected ncol of 0 to 2147483647");
    expect_failure(paramnet_run_range(scheme, INT64_MAX, 5, NULL), PARAMNET_STATUS_UNBOUND, "not bound");
    one = rows;
    one.options = PARAMNET_ARRAY_DEVICE;
    expect_failure(paramnet_predict(scheme, 1, &one, &rows, NULL), PARAMNET_STATUS_INVALID_ARGUMENT, "in host memory");
    expect_failure(paramnet_bind_input(scheme, "surface_air_pressure", "Pa", &(paramnet_array){in, 4, 1, 1, 1, PARAMNET_REAL64, PARAMNET_ARRAY_DEVICE}),
                   PARAMNET_STATUS_DEVICE, "expected a scheme on a GPU");
    expect_failure(paramnet_set_comparison(scheme, 2), PARAMNET_STATUS_INVALID_ARGUMENT, "comparison: expected 0 or 1, got 2");
    paramnet_free(scheme);
}

/* In a build without CUDA, or on a machine without a 64th GPU, the scheme must not run on the CPU instead. */
static void a_gpu_that_is_not_there_is_refused(const char *path) {
    const char *const backends[] = {"torchscript", "native", "auto"};
    for (int b = 0; b < 3; ++b) {
        paramnet_options options;
        paramnet_scheme *scheme = NULL;
        paramnet_options_init(&options);
        options.device = "cuda:63";
        options.backend = backends[b];
        expect_failure(paramnet_load(path, &options, &scheme), PARAMNET_STATUS_DEVICE, "'cuda:63'");
        expect(scheme == NULL, "a failed load leaves NULL");
    }
}

static int32_t hooked_status = 0;
static char hooked_message[200];

static void hook(int32_t status, const char *message, void *context) {
    hooked_status = status;
    snprintf(hooked_message, sizeof hooked_message, "%s", message);
    *(int *)context += 1;
}

static void the_hook_gets_what_nobody_took(void) {
    int calls = 0;
    expect(paramnet_set_error_hook(hook, &calls) == PARAMNET_OK, "a hook");
    expect(paramnet_report_failure(PARAMNET_STATUS_FILE, "no such file") == PARAMNET_OK, "reported");
    expect(calls == 1 && hooked_status == PARAMNET_STATUS_FILE && strcmp(hooked_message, "no such file") == 0, "with the given message");
    expect_failure(paramnet_report_failure(1, NULL), PARAMNET_STATUS_INVALID_ARGUMENT, "message: expected an address");
    expect(calls == 1 && paramnet_run(NULL, 1, NULL) != PARAMNET_OK && calls == 1, "a status taken is no case for the hook");
    paramnet_set_error_hook(NULL, NULL);
}

static void bind(paramnet_scheme *scheme) {
    const char *const names[] = {"air_temperature", "specific_humidity", "surface_air_pressure"};
    const char *const units[] = {"K", "kg kg-1", "Pa"};
    for (int v = 0; v < 3; ++v) {
        paramnet_array array = {in + columns * levels * v, columns, v < 2 ? levels : 1, 1, columns, PARAMNET_REAL64, 0};
        expect(paramnet_bind_input(scheme, names[v], units[v], &array) == PARAMNET_OK, "bound");
        array.data = out + columns * levels * v;
        expect(paramnet_bind_output(scheme, names[v], units[v], &array) == PARAMNET_OK, "bound");
    }
}

static void no_run_before_the_levels_were_compared(const char *path) {
    paramnet_scheme *scheme = load(path, 1, 1);
    bind(scheme);
    out[0] = -7;
    expect_failure(paramnet_run(scheme, 4, flags), PARAMNET_STATUS_CONTRACT_MISMATCH, "expected the host's vertical grid to be declared, got none");
    const double a[levels] = {0}, b[levels] = {0.5};
    expect_failure(paramnet_declare_grid(scheme, levels, a, b, PARAMNET_TOP_FIRST, 1e-3), PARAMNET_STATUS_CONTRACT_MISMATCH, "declare_grid: level 1 of 10");
    expect_failure(paramnet_run(scheme, 4, flags), PARAMNET_STATUS_CONTRACT_MISMATCH, "got none");
    expect(out[0] == -7, "outputs are left alone");
    paramnet_free(scheme);
}

/* Chunks of a team of OpenMP threads, some with non-finite values, on one handle; then the same through the queue. */
static void threads_share_one_scheme(const char *path, int32_t threads) {
    enum { chunk = 24, rounds = 20 };
    paramnet_scheme *scheme = load(path, threads, 0);
    for (int i = 0; i < columns * width; ++i) in[i] = 0.5 * i;
    in[100] = NAN;
    bind(scheme);
    int failures = 0;
    for (int queued = 0; queued < 2; ++queued) {
        memset(out, 0, sizeof out);
        for (int i = 0; i < columns; ++i) flags[i] = -1;
        for (int round = 0; round < rounds; ++round) {
#pragma omp parallel for num_threads(4) reduction(+ : failures)
            for (int64_t first = 0; first < columns; first += chunk)
                failures += (queued ? paramnet_enqueue(scheme, first, chunk, flags + first)
                                    : paramnet_run_range(scheme, first, chunk, flags + first)) != PARAMNET_OK;
            if (queued) failures += paramnet_flush(scheme) != PARAMNET_OK;
        }
        int different = 0;
        for (int c = 0; c < columns; ++c) {
            different += flags[c] != (c == 100 ? PARAMNET_FLAG_NONFINITE_INPUT : 0);
            for (int r = 0; r < width; ++r) different += out[c + r * columns] != (c == 100 ? 0.0 : in[c + r * columns]);
        }
        expect(failures == 0, "no call fails");
        expect(different == 0, "every chunk is as it should be");
    }
    paramnet_counts counts;
    expect(paramnet_counters(scheme, &counts) == PARAMNET_OK, "counters");
    expect(counts.columns == 2 * rounds * columns && counts.nonfinite_input == 2 * rounds, "every column is counted");
    expect(counts.calls == rounds * (columns / chunk) + rounds, "a flush is one call");
    paramnet_free(scheme);
}

int main(int count, char **argument) {
    if (count != 2) return 2;
    char path[1024];
    snprintf(path, sizeof path, "%s/identity.pt", argument[1]);
    freed_handles_are_refused(path);
    absurd_options_and_sizes(path);
    a_gpu_that_is_not_there_is_refused(path);
    the_hook_gets_what_nobody_took();
    no_run_before_the_levels_were_compared(path);
    threads_share_one_scheme(path, 1);
    threads_share_one_scheme(path, 3);
    return wrong;
}
