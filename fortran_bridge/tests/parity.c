/* parity COLUMNS.bin SCHEME.pt OUT.bin: the tiny scheme on every column through the C ABI; OUT holds (column, n_out)
 * float32. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "paramnet.h"

enum { columns = 10240, most_values = 64 };

static double input[(size_t)columns * most_values];
static float output[(size_t)columns * most_values];

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

/* Rows of all variables of one column, side by side. */
static int bind_rows(paramnet_scheme *scheme, int32_t direction, char *data, int32_t kind, int64_t row) {
    int64_t count = 0, first = 0;
    if (failed(paramnet_variable_count(scheme, direction, &count))) return 1;
    for (int64_t index = 0; index < count; ++index) {
        paramnet_variable variable;
        if (failed(paramnet_variable_info(scheme, direction, index, &variable))) return 1;
        const paramnet_array array = {data + first * kind, columns, variable.levels, row, 1, kind, 0};
        if (failed(direction == PARAMNET_INPUT
                       ? paramnet_bind_input(scheme, variable.name, variable.units, &array)
                       : paramnet_bind_output(scheme, variable.name, variable.units, &array)))
            return 1;
        first += variable.levels;
    }
    return 0;
}

int main(int count, char **argument) {
    if (count != 4) return 2;
    paramnet_scheme *scheme = NULL;
    paramnet_options options;
    if (failed(paramnet_options_init(&options))) return 1;
    options.strict = 0; /* the columns are the scheme's own, not a host's */
    if (failed(paramnet_load(argument[2], &options, &scheme))) return 1;
    const int64_t n_in = width(scheme, PARAMNET_INPUT), n_out = width(scheme, PARAMNET_OUTPUT);
    if (n_in < 1 || n_in > most_values || n_out < 1 || n_out > most_values) return 1;

    FILE *file = fopen(argument[1], "rb");
    if (file == NULL || fread(input, sizeof(double), (size_t)(columns * n_in), file) != (size_t)(columns * n_in)) return 1;
    fclose(file);
    if (bind_rows(scheme, PARAMNET_INPUT, (char *)input, PARAMNET_REAL64, n_in)) return 1;
    if (bind_rows(scheme, PARAMNET_OUTPUT, (char *)output, PARAMNET_REAL32, n_out)) return 1;
    if (failed(paramnet_run(scheme, columns, NULL))) return 1;

    file = fopen(argument[3], "wb");
    if (file == NULL || fwrite(output, sizeof(float), (size_t)(columns * n_out), file) != (size_t)(columns * n_out)) return 1;
    fclose(file);
    return paramnet_free(scheme);
}
