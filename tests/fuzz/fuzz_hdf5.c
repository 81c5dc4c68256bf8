/* Fuzz target: any bytes as an HDF5 file. */
#include "common.h"

#include <pthread.h>

/* What libhdf5 forgets by itself is not ours to mend; AddressSanitizer asks for this. */
const char *__lsan_default_suppressions(void) __attribute__((visibility("default")));
const char *__lsan_default_suppressions(void) {
    return "leak:libhdf5";
}

/* The child process that reads first may fall, as libhdf5 does: that is no finding. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void be_child(void) {
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rimer_read_options options;
    char inside[64] = "";
    static bool prepared;
    if (!prepared)
        prepared = pthread_atfork(NULL, NULL, be_child) == 0;
    size_t begin = rm_fuzz_settings(&options, data, size, inside);
    return rm_fuzz_read(&options, "h5", inside, "", data + begin, size - begin);
}
