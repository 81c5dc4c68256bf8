/* Fuzz target: any bytes as a table, wide, long or a series a row, gzipped or not. */
#include "common.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rimer_read_options options;
    size_t begin = rm_fuzz_settings(&options, data, size, NULL);
    return rm_fuzz_read(&options, "csv", "", "", data + begin, size - begin);
}
