/* parity COLUMNS.bin SCHEME.pt OUT.bin [BACKEND [PRECISION]]: a scheme on every column through the C ABI.  COLUMNS holds
 * (column, n_in) float64; OUT receives (column, n_out) float32, or float64 for PRECISION float64. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paramnet.h"

static int failed(int32_t status) {
    if (status != PARAMNET_OK) fprintf(stderr, "%s\n", paramnet_last_error());
    return status != PARAMNET_OK;
}

static int64_t width(paramnet_scheme *scheme, int32_t direction) {
    int64_t count = 0, sum = 0;
    if (failed(paramnet_variable_count(scheme, direction, &count))) return 0;
    for (int64_t index = 0; index < count; ++index) {
        paramnet_variable variable;
        if (failed(paramnet_variable_info(scheme, direction, index, &variable))) return 0;
        sum += variable.levels;
    }
    return sum;
}

/* The variables of one column are contiguous, with `row` values from one column to the next. */
static int bind_rows(paramnet_scheme *scheme, int32_t direction, void *data, int32_t kind, int64_t columns, int64_t row) {
    int64_t count = 0, first = 0;
    if (failed(paramnet_variable_count(scheme, direction, &count))) return 1;
    for (int64_t index = 0; index < count; ++index) {
        paramnet_variable variable;
        if (failed(paramnet_variable_info(scheme, direction, index, &variable))) return 1;
        const paramnet_array array = {(char *)data + first * kind, columns, variable.levels, row, 1, kind, 0};
        if (failed(direction == PARAMNET_INPUT
                       ? paramnet_bind_input(scheme, variable.name, variable.units, &array)
                       : paramnet_bind_output(scheme, variable.name, variable.units, &array)))
            return 1;
        first += variable.levels;
    }
    return 0;
}

/* Content of a file of rows of `row` doubles; NULL for any other file. */
static double *read_rows(const char *path, int64_t row, int64_t *rows) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) return NULL;
    const long bytes = ftell(file);
    const size_t values = bytes > 0 ? (size_t)bytes / sizeof(double) : 0;
    double *data = values > 0 ? malloc(values * sizeof(double)) : NULL;
    rewind(file);
    if (data == NULL || values % (size_t)row != 0 || fread(data, sizeof(double), values, file) != values) {
        fclose(file);
        free(data);
        return NULL;
    }
    fclose(file);
    *rows = (int64_t)values / row;
    return data;
}

static int write_all(const char *path, const void *data, size_t bytes) {
    FILE *file = fopen(path, "wb");
    if (file == NULL) return 1;
    const int wrong = fwrite(data, 1, bytes, file) != bytes;
    return (fclose(file) != 0) | wrong;
}

int main(int count, char **argument) {
    if (count < 4 || count > 6) return 2;
    paramnet_scheme *scheme = NULL;
    paramnet_options options;
    if (failed(paramnet_options_init(&options))) return 1;
    options.strict = 0; /* the columns are the scheme's own, not a host's */
    if (count > 4) options.backend = argument[4];
    if (count > 5) options.precision = argument[5];
    if (failed(paramnet_load(argument[2], &options, &scheme))) return 1;
    const int64_t n_in = width(scheme, PARAMNET_INPUT), n_out = width(scheme, PARAMNET_OUTPUT);
    if (n_in < 1 || n_out < 1) return 1;
    const int32_t kind = count > 5 && strcmp(argument[5], "float64") == 0 ? PARAMNET_REAL64 : PARAMNET_REAL32;

    int64_t columns = 0;
    double *input = read_rows(argument[1], n_in, &columns);
    void *output = calloc((size_t)(columns * n_out), (size_t)kind);
    int wrong = input == NULL || output == NULL;
    wrong = wrong || bind_rows(scheme, PARAMNET_INPUT, input, PARAMNET_REAL64, columns, n_in);
    wrong = wrong || bind_rows(scheme, PARAMNET_OUTPUT, output, kind, columns, n_out);
    wrong = wrong || failed(paramnet_run(scheme, columns, NULL));
    wrong = wrong || write_all(argument[3], output, (size_t)(columns * n_out * kind));
    wrong = failed(paramnet_free(scheme)) || wrong;
    free(input);
    free(output);
    return wrong;
}
