#include "data/file_kind.h"

#include <string.h>
#include <strings.h>

#define ZIP_NAME 30 /* where the name of the first member begins */
#define TAR_MARK 257
#define LOOK_SIZE 512

#define SPREADSHEET "is a spreadsheet: export its sheet as CSV"
#define PIPE(command) "unpack it on the way (" command " FILE | ... -)"

static const struct kind {
    const char *mark;
    int64_t size;
    const char *refusal;
} kinds[] = {
    {"\xfd"
     "7zXZ\0",
     6, "is packed by xz: " PIPE("xzcat")},
    {"\x28\xb5\x2f\xfd", 4, "is packed by Zstandard: " PIPE("zstdcat")},
    {"BZh", 3, "is packed by bzip2: " PIPE("bzcat")},
    {"\x04\x22\x4d\x18", 4, "is packed by LZ4: " PIPE("lz4cat")},
    {"7z\xbc\xaf\x27\x1c", 6, "is a 7z archive: unpack it"},
    {"\xd0\xcf\x11\xe0", 4, SPREADSHEET},
    {"PAR1", 4, "is a Parquet file: export it as CSV"},
    {"ARROW1", 6, "is an Arrow or Feather file: export it as CSV"},
    {"FEA1", 4, "is a Feather file: export it as CSV"},
    {"ORC", 3, "is an ORC file: export it as CSV"},
    {"Obj\x01", 4, "is an Avro file: export it as CSV"},
    {"SQLite format 3", 15, "is an SQLite database: export a table of it as CSV"},
    {"\x93NUMPY", 6, "is a NumPy array: save it as CSV (numpy.savetxt) or as HDF5"},
    {"\x80\x04\x95", 3, "is a pickle of Python: save the table as CSV (to_csv)"},
    {"\x80\x05\x95", 3, "is a pickle of Python: save the table as CSV (to_csv)"},
    {"MATLAB 5.0", 10, "is a MAT-file of MATLAB: save it with -v7.3, which is HDF5, or as CSV"},
    {"CDF\x01", 4, "is a classic netCDF file: make it netCDF-4 (nccopy -k nc4)"},
    {"CDF\x02", 4, "is a classic netCDF file: make it netCDF-4 (nccopy -k nc4)"},
};

/* Spreadsheets are zip archives, told by what they begin with. */
static const char *zip_refused(const char *bytes, int64_t n) {
    static const char *const members[] = {"[Content_Types].xml", "_rels/", "docProps/", "xl/",
                                          "mimetype"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        int64_t size = (int64_t)strlen(members[i]);
        if (n >= ZIP_NAME + size && memcmp(bytes + ZIP_NAME, members[i], (size_t)size) == 0)
            return SPREADSHEET;
    }
    return "is a zip archive: " PIPE("unzip -p");
}

/* An object, or an array of something, on one line or several. */
static int is_json(const char *bytes, int64_t n) {
    int64_t at = 1;
    if (n < 2 || (bytes[0] != '{' && bytes[0] != '['))
        return 0;
    while (at < n && strchr(" \t\r\n", bytes[at]) && bytes[at])
        at++;
    return at < n && bytes[at] &&
           strchr(bytes[0] == '{' ? "\"}" : "{[\"-0123456789", bytes[at]);
}

static int is_markup(const char *bytes, int64_t n) {
    static const char *const marks[] = {"<!DOCTYPE", "<html", "<?xml"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t size = strlen(marks[i]);
        if (n >= (int64_t)size && strncasecmp(bytes, marks[i], size) == 0)
            return 1;
    }
    return 0;
}

/* A column may be called PAR1, or ORC, but text has no such bytes. */
static int is_binary(const char *bytes, int64_t n) {
    for (int64_t i = 0; i < n && i < LOOK_SIZE; i++)
        if ((unsigned char)bytes[i] < '\t')
            return 1;
    return 0;
}

const char *rm_file_kind_refused(const char *bytes, int64_t n) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && is_binary(bytes, n); i++)
        if (n >= kinds[i].size && memcmp(bytes, kinds[i].mark, (size_t)kinds[i].size) == 0)
            return kinds[i].refusal;
    if (n >= 4 && memcmp(bytes, "PK\x03\x04", 4) == 0)
        return zip_refused(bytes, n);
    if (n >= TAR_MARK + 5 && memcmp(bytes + TAR_MARK, "ustar", 5) == 0)
        return "is a tar archive: unpack it";
    if (n >= 5 && memcmp(bytes, "%PDF-", 5) == 0)
        return "is a PDF: export its table as CSV";
    if (is_json(bytes, n))
        return "is JSON: write its values as CSV";
    if (is_markup(bytes, n))
        return "is a page of HTML or XML, not a table: export or download it as CSV";
    return NULL;
}
