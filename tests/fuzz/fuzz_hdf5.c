/* Fuzz target: any bytes as an HDF5 file. */
#include "common.h"

/* What libhdf5 forgets by itself is not ours to mend; AddressSanitizer asks for this. */
const char *__lsan_default_suppressions(void) __attribute__((visibility("default")));
const char *__lsan_default_suppressions(void) {
    return "leak:libhdf5";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rimer_read_options options;
    char inside[64] = "";
    size_t begin = rm_fuzz_settings(&options, data, size, inside);
    return rm_fuzz_read(&options, "h5", inside, "", data + begin, size - begin);
}
