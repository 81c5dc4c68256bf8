#include "data/hdf5_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

static const char library_name[] =
#include "hdf5_soname.inc"
    ;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* All below is guarded by the lock. */
static rm_hdf5 loaded;
static bool is_loaded;
static H5E_auto2_t printer_before;
static void *printer_data_before;
static unsigned plugins_before;

static rimer_status missing(const char *what) {
    RM_FAIL(
        FAILED,
        "HDF5 files need the library %s, which cannot be used: %s (Debian and Ubuntu have it "
        "in the package libhdf5-dev)",
        library_name, what);
}

static rimer_status find(void *handle, const char *name, void **symbol) {
    *symbol = dlsym(handle, name);
    return *symbol ? RIMER_OK : missing(name);
}

/* Some names are macros for a version of the function: expanded before they become text. */
#define TEXT_OF(name) #name
#define LOAD_FUNCTION(name)                       \
    RM_TRY(find(handle, TEXT_OF(name), &symbol)); \
    memcpy(&library->name, &symbol, sizeof symbol);
#define LOAD_ID(name) RM_TRY(find_id(library, handle, program, #name, &library->name));

/* A program that is itself linked to the library may have the variable in its own memory (a copy
 * relocation), and then the one in the library is never set. */
static rimer_status find_id(const rm_hdf5 *library, void *handle, void *program,
                            const char *name, hid_t *id) {
    void *const handles[] = {handle, program};
    for (int i = 0; i < 2; i++) {
        const hid_t *variable = handles[i] ? dlsym(handles[i], name) : NULL;
        *id = variable ? *variable : H5I_INVALID_HID;
        if (library->H5Iget_type(*id) != H5I_BADID)
            return RIMER_OK;
    }
    return missing(name);
}

static rimer_status fill_functions(rm_hdf5 *library, void *handle) {
    void *symbol;
    RM_HDF5_FUNCTIONS(LOAD_FUNCTION)
    if (library->H5open() < 0)
        return missing("it does not start");
    return RIMER_OK;
}

static rimer_status fill_ids(rm_hdf5 *library, void *handle, void *program) {
    RM_HDF5_IDS(LOAD_ID)
    return RIMER_OK;
}

static rimer_status fill(rm_hdf5 *library, void *handle) {
    RM_TRY(fill_functions(library, handle));
    void *program = dlopen(NULL, RTLD_NOW);
    rimer_status status = fill_ids(library, handle, program);
    if (program)
        dlclose(program);
    return status;
}

static rimer_status load(void) {
    if (is_loaded)
        return RIMER_OK;
    rm_hdf5 library;
    void *handle = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *why = dlerror();
        return missing(why ? why : "it is not there");
    }
    rimer_status status = fill(&library, handle);
    if (status) {
        dlclose(handle);
        return status;
    }
    loaded = library;
    is_loaded = true;
    return RIMER_OK;
}

rimer_status rm_hdf5_enter(const rm_hdf5 **h5) {
    pthread_mutex_lock(&lock);
    rimer_status status = load();
    if (status) {
        pthread_mutex_unlock(&lock);
        return status;
    }
    loaded.H5Eget_auto2(H5E_DEFAULT, &printer_before, &printer_data_before);
    loaded.H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    loaded.H5PLget_loading_state(&plugins_before);
    loaded.H5PLset_loading_state(0);
    *h5 = &loaded;
    return RIMER_OK;
}

void rm_hdf5_leave(const rm_hdf5 *h5) {
    h5->H5PLset_loading_state(plugins_before);
    h5->H5Eset_auto2(H5E_DEFAULT, printer_before, printer_data_before);
    pthread_mutex_unlock(&lock);
}

void rm_hdf5_close(const rm_hdf5 *h5, hid_t id) {
    if (id > 0)
        h5->H5Idec_ref(id);
}
