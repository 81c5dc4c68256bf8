/* Runs the inputs of folders through a fuzz target, without a fuzzer: TARGET [FOLDER...], else its
 * own corpus in the project's folder. */
#include "common.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bytes end where the memory does, so that a sanitizer sees what reads on. */
static void run_file(const char *path) {
    FILE *file = fopen(path, "rb");
    FUZZ_ASSERT(file && fseek(file, 0, SEEK_END) == 0, "%s cannot be read", path);
    size_t size = (size_t)ftell(file);
    uint8_t *bytes = malloc(size ? size : 1);
    rewind(file);
    FUZZ_ASSERT(bytes && fread(bytes, 1, size, file) == size, "%s cannot be read", path);
    fclose(file);
    /* In the log, the last one named is the one that failed. */
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
}

static int run_folder(const char *folder) {
    DIR *entries = opendir(folder);
    int n = 0;
    FUZZ_ASSERT(entries, "there is no folder %s", folder);
    for (struct dirent *entry; (entry = readdir(entries));) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        run_file(path);
        n++;
    }
    closedir(entries);
    return n;
}

int main(int argc, char **argv) {
    const char *slash = strrchr(argv[0], '/'), *root = getenv("RIMER_ROOT");
    const char *target = slash ? slash + 1 : argv[0];
    char own[2048];
    int n = 0;
    snprintf(own, sizeof own, "%s/tests/fuzz/corpus/%s", root ? root : ".",
             target + (strncmp(target, "fuzz_", 5) == 0 ? 5 : 0));
    for (int i = 1; i < argc; i++)
        n += run_folder(argv[i]);
    if (argc == 1)
        n = run_folder(own);
    printf("%s - %s: %d inputs\n", n ? "ok" : "not ok", target, n);
    return n == 0;
}
