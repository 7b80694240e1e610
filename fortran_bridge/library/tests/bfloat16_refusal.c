/* bfloat16_refusal FOLDER: bfloat16 only where export measured errors within the tolerance, on CPUs that have it. */
#include <stdio.h>
#include <string.h>

#include "paramnet.h"

static int failures = 0;

static void expect(const char *folder, const char *file, double tolerance, int32_t wanted, const char *words) {
    char path[1024];
    paramnet_options options;
    paramnet_scheme *scheme = NULL;
    paramnet_options_init(&options);
    options.precision = "bfloat16";
    if (tolerance > 0) options.bfloat16_tolerance = tolerance;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    const int32_t status = paramnet_load(path, &options, &scheme);
    paramnet_free(scheme);
    if (status == wanted && (status == PARAMNET_OK || strstr(paramnet_last_error(), words))) return;
    failures++;
    fprintf(stderr, "FAILED: %s: expected status %d with '%s', got %d: %s\n", file, wanted, words, status, paramnet_last_error());
}

static int32_t where_possible(void) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512bf16")) return PARAMNET_OK;
#endif
    return PARAMNET_STATUS_DEVICE;
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    const char *folder = arguments[1], *no_cpu = "expected a processor with AVX512_BF16";
    expect(folder, "tiny.pt", 0, where_possible(), no_cpu);
    expect(folder, "tiny.pt", 1e-12, PARAMNET_STATUS_INVALID_ARGUMENT, "expected errors of at most 1e-12 standard deviations");
    expect(folder, "coarse_bfloat16.pt", 0, PARAMNET_STATUS_INVALID_ARGUMENT, "got 0.5 in convective_precipitation_production");
    expect(folder, "coarse_bfloat16.pt", 0.6, where_possible(), no_cpu);
    expect(folder, "no_bfloat16_report.pt", 0, PARAMNET_STATUS_INVALID_ARGUMENT, "checks.bfloat16), got none");
    return failures != 0;
}
