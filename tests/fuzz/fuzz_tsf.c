/* Fuzz target: any bytes behind what makes a file one of Monash .tsf. */
#include "common.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rimer_read_options options;
    size_t begin = rm_fuzz_settings(&options, data, size, NULL);
    return rm_fuzz_read(&options, "tsf", "", "@relation fuzz\n", data + begin, size - begin);
}
