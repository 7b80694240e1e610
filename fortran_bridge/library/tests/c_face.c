/* c_face FOLDER: errors possible only in C (NULL, sizes, kinds); the host's settings are unchanged. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "paramnet.h"

static int wrong = 0;

static void expect(int condition, const char *what) {
    if (condition) return;
    wrong = 1;
    fprintf(stderr, "not so: %s (last error: %s)\n", what, paramnet_last_error());
}

static void expect_failure(int32_t status, int32_t expected, const char *words) {
    expect(status == expected, words);
    expect(strstr(paramnet_last_error(), words) != NULL, words);
}

static void null_pointers(paramnet_scheme *scheme, const char *path) {
    paramnet_array array = {NULL, 2, 10, 1, 2, PARAMNET_REAL64, 0};
    paramnet_scheme *other = scheme;
    expect_failure(paramnet_load(NULL, NULL, &other), PARAMNET_STATUS_INVALID_ARGUMENT, "path: expected an address");
    expect(other == NULL, "a failed load leaves NULL");
    expect_failure(paramnet_load(path, NULL, NULL), PARAMNET_STATUS_INVALID_ARGUMENT, "scheme: expected an address");
    expect_failure(paramnet_run(NULL, 1, NULL), PARAMNET_STATUS_INVALID_ARGUMENT, "nothing is loaded");
    expect_failure(paramnet_bind_input(scheme, NULL, "K", &array), PARAMNET_STATUS_INVALID_ARGUMENT, "name: expected");
    expect_failure(paramnet_bind_input(scheme, "air_temperature", NULL, &array), PARAMNET_STATUS_INVALID_ARGUMENT,
                   "units: expected");
    expect_failure(paramnet_bind_input(scheme, "air_temperature", "K", NULL), PARAMNET_STATUS_INVALID_ARGUMENT,
                   "array: expected");
    expect_failure(paramnet_bind_input(scheme, "air_temperature", "K", &array), PARAMNET_STATUS_INVALID_ARGUMENT,
                   "air_temperature: expected an address, got NULL");
    expect_failure(paramnet_counters(scheme, NULL), PARAMNET_STATUS_INVALID_ARGUMENT, "counts: expected");
    expect_failure(paramnet_options_init(NULL), PARAMNET_STATUS_INVALID_ARGUMENT, "options: expected");
    expect(paramnet_free(NULL) == PARAMNET_OK, "NULL may be freed");
}

static void descriptors_and_options(paramnet_scheme *scheme, const char *path) {
    static double data[20];
    paramnet_array array = {data, 2, 10, 1, 2, 2, 0};
    expect_failure(paramnet_bind_input(scheme, "air_temperature", "K", &array), PARAMNET_STATUS_INVALID_ARGUMENT,
                   "expected kind PARAMNET_REAL32 (4) or PARAMNET_REAL64 (8), got 2");
    array.kind = PARAMNET_REAL64;
    array.columns = -1;
    expect_failure(paramnet_bind_input(scheme, "air_temperature", "K", &array), PARAMNET_STATUS_INVALID_ARGUMENT,
                   "got -1 columns");
    array.columns = 2;
    array.options = 8;
    expect_failure(paramnet_bind_input(scheme, "air_temperature", "K", &array), PARAMNET_STATUS_INVALID_ARGUMENT,
                   "expected options of PARAMNET_ARRAY_*, got 8");
    paramnet_options options;
    paramnet_scheme *other = NULL;
    expect(paramnet_options_init(&options) == PARAMNET_OK, "defaults");
    options.struct_size += 8;
    expect_failure(paramnet_load(path, &options, &other), PARAMNET_STATUS_INVALID_ARGUMENT, "options.struct_size");
    options.struct_size -= 8;
    options.envelope_tolerance = NAN;
    expect_failure(paramnet_load(path, &options, &other), PARAMNET_STATUS_INVALID_ARGUMENT, "envelope_tolerance");
    options.envelope_tolerance = 0;
    options.device = NULL;
    expect_failure(paramnet_load(path, &options, &other), PARAMNET_STATUS_INVALID_ARGUMENT, "options.device");
    paramnet_variable variable;
    int64_t count = 0;
    double a[11], b[11];
    expect_failure(paramnet_variable_info(scheme, PARAMNET_INPUT, 3, &variable), PARAMNET_STATUS_INVALID_ARGUMENT,
                   "index: expected 0 to 2, got 3");
    expect_failure(paramnet_variable_count(scheme, 2, &count), PARAMNET_STATUS_INVALID_ARGUMENT, "direction: expected");
    expect_failure(paramnet_vertical_grid(scheme, 2, 11, a, b), PARAMNET_STATUS_INVALID_ARGUMENT, "where: expected");
    expect(paramnet_vertical_grid(scheme, PARAMNET_INTERFACES, 11, a, b) == PARAMNET_OK && b[10] == 1.0, "interfaces");
}

static void a_rank_without_columns_may_run(paramnet_scheme *scheme) {
    const paramnet_array profile = {NULL, 0, 10, 1, 0, PARAMNET_REAL64, 0};
    const paramnet_array surface = {NULL, 0, 1, 1, 0, PARAMNET_REAL64, 0};
    int32_t (*const bind[2])(paramnet_scheme *, const char *, const char *, const paramnet_array *) = {
        paramnet_bind_input, paramnet_bind_output};
    for (int i = 0; i < 2; ++i) {
        expect(bind[i](scheme, "air_temperature", "K", &profile) == PARAMNET_OK, "empty profile");
        expect(bind[i](scheme, "specific_humidity", "kg kg-1", &profile) == PARAMNET_OK, "empty profile");
        expect(bind[i](scheme, "surface_air_pressure", "Pa", &surface) == PARAMNET_OK, "empty surface");
    }
    expect(paramnet_run(scheme, 0, NULL) == PARAMNET_OK, "no columns, no failure");
    expect_failure(paramnet_run(scheme, 1, NULL), PARAMNET_STATUS_INVALID_ARGUMENT, "got an array of 0");
}

int main(int count, char **argument) {
    if (count != 2) return 2;
    char path[1024];
    snprintf(path, sizeof path, "%s/identity.pt", argument[1]);
    omp_set_num_threads(3);
    paramnet_scheme *scheme = NULL;
    paramnet_options options;
    paramnet_options_init(&options);
    options.strict = 0;
    expect(paramnet_load(path, &options, &scheme) == PARAMNET_OK, "identity loads");
    null_pointers(scheme, path);
    descriptors_and_options(scheme, path);
    a_rank_without_columns_may_run(scheme);
    expect(omp_get_max_threads() == 3, "the host's OpenMP thread count is as it was");
    expect(paramnet_free(scheme) == PARAMNET_OK, "free");
    return wrong;
}
