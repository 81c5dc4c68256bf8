# Rimer. `make` builds, `make demo` shows it, `make check` tests it; see README.md.
VERSION := 0.1.0
SONAME  := librimer.so.0
BUILD   ?= build
PREFIX  ?= /usr/local
CC      ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif

CXX     ?= g++
ifeq ($(origin CXX),default)
CXX := g++
endif

# All processors, unless the caller says -j or a make above has its own mind.
JOBS := $(shell nproc 2>/dev/null || echo 2)
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(JOBS)
endif

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
        -Wdouble-promotion -Wvla
ifdef CI
WARN += -Werror
endif

# A compiler for another machine knows those that go with it.
NM      ?= $(shell $(CC) -print-prog-name=nm)
OBJCOPY ?= $(shell $(CC) -print-prog-name=objcopy)

# OPT, CPPFLAGS, CFLAGS, LDFLAGS and LDLIBS belong to the caller; ours come on top.
OPT ?= -O2 -g
# Kernel tables (src/kernels/table.c).
MACHINE := $(shell $(CC) -dumpmachine 2>/dev/null)
X86_64 := $(findstring x86_64,$(MACHINE))
ARM_64 := $(or $(findstring aarch64,$(MACHINE)),$(findstring arm64,$(MACHINE)))
# Older compilers do not know AMX, and only Linux is asked for it.
AMX    := $(if $(X86_64),$(shell $(CC) -mamx-bf16 -dM -E - </dev/null 2>/dev/null | grep -q __linux__ && echo amx))
TABLES ?= ref $(if $(X86_64),avx2 avx512 bf16 $(AMX)) $(if $(ARM_64),neon)
# A pkg-config answer, empty while the packages are not there yet (`make deps`).
pkg = $(shell { pkg-config $(1); } 2>/dev/null)
# HDF5 is loaded when it is needed, not linked; only tests link it.
HDF5_CFLAGS := $(call pkg,--cflags hdf5 || pkg-config --cflags hdf5-serial)
HDF5_LIBS   := $(call pkg,--libs hdf5 || pkg-config --libs hdf5-serial)
RM_CPPFLAGS := $(TABLES:%=-DRM_HAS_%) -Iinclude -Isrc -D_POSIX_C_SOURCE=200809L -I$(BUILD)/gen $(REAL) \
               $(call pkg,--cflags openblas jansson zlib) $(HDF5_CFLAGS) $(CPPFLAGS)
RM_CFLAGS   := -std=c11 $(OPT) -fPIC -fvisibility=hidden -pthread $(WARN) $(SANITIZE) $(CFLAGS)
RM_LDLIBS   := $(call pkg,--libs openblas jansson zlib) -lcsv -ldl -lm -pthread $(LDLIBS)
# `make V=1` shows the commands.
define COMPILE
@mkdir -p $(@D)$(if $(V),, && echo "  compile $@")
$(if $(V),,@)$(CC) $(RM_CPPFLAGS) $(RM_CFLAGS) -MMD -MP
endef
define LINK
@mkdir -p $(@D)$(if $(V),, && echo "  link    $@")
$(if $(V),,@)$(CC) $(SANITIZE) $(LDFLAGS)
endef

# Kernel sources are compiled once a table: plain reference, and the same text for wider vectors;
# what simd/ says in its own way is left out of the plain text there.
# -std=c11 alone would forbid gcc to contract.
FLAGS_ref    := -ffp-contract=off
FLAGS_avx2   := -march=x86-64-v3 -ffp-contract=fast
FLAGS_avx512 := -march=x86-64-v4 -mprefer-vector-width=512 -ffp-contract=fast
FLAGS_neon   := -ffp-contract=fast
FLAGS_bf16   := $(FLAGS_avx512) -mavx512bf16
FLAGS_amx    := $(FLAGS_bf16) -mamx-tile -mamx-bf16
# `make CUDA=1` builds, besides, the library that the others open when a GPU is asked for: code for
# these compute capabilities, and for later ones what their driver compiles.
CUDA_HOME   ?= $(firstword $(wildcard /usr/local/cuda /opt/cuda /usr/lib/cuda))
NVCC        ?= $(firstword $(shell command -v nvcc 2>/dev/null) $(CUDA_HOME)/bin/nvcc)
ifneq ($(and $(CUDA),$(if $(shell command -v $(NVCC) 2>/dev/null),,missing)),)
$(error CUDA=1 needs nvcc, the compiler of the CUDA toolkit: set CUDA_HOME or NVCC)
endif
CUDA_ARCH   ?= 80 90
CUDA_CODE   := $(foreach a,$(CUDA_ARCH),-gencode arch=compute_$a,code=sm_$a) \
               $(foreach a,$(lastword $(CUDA_ARCH)),-gencode arch=compute_$a,code=compute_$a)
CUDA_LIB    := librimer-cuda.so
CUDA_SRC    := $(wildcard src/kernels/cuda/*.cu)
CUDA_OBJ    := $(CUDA_SRC:%.cu=$(BUILD)/obj/%.o)
NVCC_FLAGS  := -std=c++17 -O3 --extended-lambda $(CUDA_CODE) -Iinclude -Isrc \
               -Xcompiler -fPIC,-fvisibility=hidden,-Wall,-Wextra$(if $(CI), -Werror all-warnings)
# The same kernels on the processor, for tests.
SHIM_OBJ    := $(CUDA_SRC:%.cu=$(BUILD)/obj/shim/%.o) $(BUILD)/obj/shim/shim.o
SHIM_FLAGS  := -x c++ -std=c++17 -O2 -fPIC -fvisibility=hidden -U_FORTIFY_SOURCE -DRM_CUDA_SHIM -Wall \
               -Wextra -Wno-unknown-pragmas $(if $(CI),-Werror) -Itests/cuda -Iinclude -Isrc
# What a sanitizer adds makes compilers slow over the largest of them.
KERNEL_OPT   ?= -O3
KERNEL_CFLAGS := $(KERNEL_OPT) -fno-math-errno -fno-trapping-math -fopenmp-simd \
    $(if $(findstring clang,$(CC)),-Wno-pass-failed) # doubles stay scalar where libm is called

PLAIN_SRC  := $(notdir $(wildcard src/kernels/ref/*.c))
SIMD_SRC   := $(notdir $(wildcard src/kernels/simd/*.c))
SIMD_FOR   := wkv7.c product_blas.c # of ref/: simd/ has their entries
SRC_ref    := $(PLAIN_SRC)
SRC_avx2   := $(filter-out $(SIMD_FOR),$(PLAIN_SRC)) $(SIMD_SRC)
SRC_avx512 := $(SRC_avx2)
SRC_neon   := $(filter-out wkv7.c,$(PLAIN_SRC)) wkv7_chunk.c # products are BLAS's
SRC_bf16   := $(notdir $(wildcard src/kernels/bf16/*.c)) # products only; the rest is avx512
SRC_amx    := $(notdir $(wildcard src/kernels/amx/*.c)) # so here
LIB_SRC    := $(wildcard src/*/*.c)
LIB_OBJ    := $(LIB_SRC:%.c=$(BUILD)/obj/%.o) \
              $(foreach t,$(TABLES),$(SRC_$t:%.c=$(BUILD)/obj/kernels/$t/%.o))
INSIDE     := $(BUILD)/obj/librimer.a
APPS       := $(patsubst apps/%.c,%,$(wildcard apps/rimer-*.c))
APP_SHARED := $(filter-out apps/rimer-%,$(wildcard apps/*.c))
UNIT       := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c)) \
              $(if $(CUDA),$(BUILD)/tests/test_gpu $(BUILD)/tests/test_gpu_training)
# The tests that also run on a library whose reals are doubles, to judge equations by.
UNIT_F64   := $(patsubst tests/unit/%.c,$(BUILD)/f64/tests/%,\
                $(wildcard tests/unit/test_*golden*.c tests/unit/test_gradients.c tests/unit/test_ends.c))
CLI_TESTS  := $(wildcard tests/cli/test_*.sh)
# Fuzz targets, which replay their corpora here; `make fuzz` lets a fuzzer at them.
FUZZ_TARGETS ?= $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
REPLAYS    := $(FUZZ_TARGETS:%=$(BUILD)/tests/%)
BENCHES    := $(patsubst tests/bench/%.c,$(BUILD)/tests/%,$(wildcard tests/bench/bench_*.c))

.PHONY: all deps demo check check-built tests-built f64 check-asan check-tsan tsan-built \
        check-valgrind coverage fuzz fuzz-built bench lint lint-built docs format \
        install install-strip uninstall clean
.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:

all: $(BUILD)/librimer.a $(BUILD)/librimer.so $(APPS:%=$(BUILD)/bin/%) \
     $(if $(CUDA),$(BUILD)/lib/$(CUDA_LIB))

deps:
	@.ci/deps

# Packages that `deps` installs are seen by a make that starts after it.
demo: deps
	+@$(MAKE) --no-print-directory all
	docs/demo.sh $(BUILD)/bin $(BUILD)/demo

check: deps
	+@$(MAKE) --no-print-directory check-built

check-built: tests-built f64
	@tests/run.sh $(BUILD) $(UNIT) $(UNIT_F64) $(REPLAYS) $(CLI_TESTS)

tests-built: all $(UNIT) $(REPLAYS) $(BUILD)/tests/odd_hdf5 $(BUILD)/shim/$(CUDA_LIB)

f64:
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)/f64 REAL=-DRM_REAL_DOUBLE TABLES=ref $(UNIT_F64)

check-asan: deps
	+@RIMER_SANITIZED=1 $(MAKE) --no-print-directory BUILD=$(BUILD)/asan OPT='-O1 -g' \
	    KERNEL_OPT=-O1 SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all' check-built

# The tests that run threads, under ThreadSanitizer. A process that forks for each test must have
# no thread, not even one of the BLAS.
TSAN_TESTS ?= test_base test_concurrency test_baselines test_forecast_dataset test_train
check-tsan: deps
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)/tsan OPT='-O1 -g' KERNEL_OPT=-O1 \
	    SANITIZE=-fsanitize=thread tsan-built
tsan-built: $(TSAN_TESTS:%=$(BUILD)/tests/%)
	@RIMER_SANITIZED=1 OPENBLAS_NUM_THREADS=1 tests/run.sh $(BUILD) $^

check-valgrind:
	@.ci/deps valgrind
	+@$(MAKE) --no-print-directory all
	@tests/run.sh $(BUILD) tests/cli/memcheck.sh

# Lines that the suite runs, of the library in floats and of the programs. Counts that cannot be
# written are not worth a line on standard error, which tests read.
COVERAGE_LEAST ?= 90
coverage: deps
	@find $(BUILD)/coverage -name '*.gcda' -delete 2>/dev/null || true
	+@RIMER_SANITIZED=1 RIMER_COVERAGE=1 GCOV_ERROR_FILE=/dev/null $(MAKE) --no-print-directory \
	    BUILD=$(BUILD)/coverage OPT='-O1 -g' KERNEL_OPT=-O1 \
	    SANITIZE='--coverage -fprofile-update=atomic' check-built
	@tests/coverage.sh $(BUILD)/coverage $(COVERAGE_LEAST)

# FUZZ_SECONDS for each of FUZZ_TARGETS.
fuzz:
	@CC=clang .ci/deps fuzz
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang OPT='-O1 -g' \
	    SANITIZE='-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all' \
	    fuzz-built
	@tests/fuzz/fuzz.sh $(BUILD)/fuzz $(FUZZ_SECONDS) $(FUZZ_TARGETS)
fuzz-built: $(FUZZ_TARGETS:%=$(BUILD)/%)

bench: deps
	+@$(MAKE) --no-print-directory all $(BENCHES)
	@for bench in $(BENCHES); do $$bench || exit 1; done

# What is compiled how; objects are made again when it changes.
define FLAGS_NOW
$(CC) $(RM_CPPFLAGS) $(RM_CFLAGS) $(KERNEL_CFLAGS)
endef
ifneq ($(strip $(file <$(BUILD)/flags)),$(strip $(FLAGS_NOW)))
$(shell mkdir -p $(BUILD))
$(file >$(BUILD)/flags,$(FLAGS_NOW))
endif

CUDA_FLAGS_NOW = $(NVCC) $(NVCC_FLAGS) $(CXX) $(SHIM_FLAGS)
ifneq ($(strip $(file <$(BUILD)/cuda-flags)),$(strip $(CUDA_FLAGS_NOW)))
$(file >$(BUILD)/cuda-flags,$(CUDA_FLAGS_NOW))
endif

# What is missing is told once, before compilers do.
$(BUILD)/libraries: $(BUILD)/flags
	@CC='$(CC)' CPPFLAGS='$(CPPFLAGS)' .ci/deps build && touch $@

$(BUILD)/obj/%.o: %.c $(BUILD)/flags | $(BUILD)/libraries
	$(COMPILE) -c $< -o $@

define table_rule
$(BUILD)/obj/kernels/$(1)/%.o: src/kernels/$(2)/%.c $(BUILD)/flags | $(BUILD)/libraries
	$$(COMPILE) $$(KERNEL_CFLAGS) $$(FLAGS_$(1)) -DRM_TABLE=$(1) -c $$< -o $$@
endef
$(foreach t,$(TABLES),$(foreach d,ref simd bf16 amx,$(eval $(call table_rule,$t,$d))))

# Names that both share keep their object files apart: wkv7.cu is no wkv7.c.
$(BUILD)/obj/src/kernels/cuda/%.o: src/kernels/cuda/%.cu $(BUILD)/cuda-flags
	@mkdir -p $(@D)$(if $(V),, && echo "  nvcc    $@")
	$(if $(V),,@)$(NVCC) $(NVCC_FLAGS) -MMD -MP -MF $(@:.o=.d) -c $< -o $@
$(BUILD)/lib/$(CUDA_LIB): $(CUDA_OBJ)
	@mkdir -p $(@D)$(if $(V),, && echo "  link    $@")
	$(if $(V),,@)$(NVCC) -shared $(CUDA_CODE) -Xlinker -soname,$(CUDA_LIB),-z,defs \
	    -Xlinker -rpath,$(dir $(NVCC))../lib64 $^ -lcublas -o $@

define COMPILE_SHIM
@mkdir -p $(@D)$(if $(V),, && echo "  compile $@")
$(if $(V),,@)$(CXX) $(SHIM_FLAGS) -MMD -MP -c $< -o $@
endef
$(BUILD)/obj/shim/%.o: %.cu $(BUILD)/cuda-flags
	$(COMPILE_SHIM)
$(BUILD)/obj/shim/shim.o: tests/cuda/shim.cpp $(BUILD)/cuda-flags
	$(COMPILE_SHIM)
$(BUILD)/shim/$(CUDA_LIB): $(SHIM_OBJ)
	@mkdir -p $(@D)$(if $(V),, && echo "  link    $@")
	$(if $(V),,@)$(CXX) -shared -Wl,-soname,$(CUDA_LIB),-z,defs $^ -o $@

# Presets travel inside the library: every configs/*.json becomes PRESET("name", "its text").
$(BUILD)/gen/presets.inc: $(wildcard configs/*.json) Makefile
	@mkdir -p $(@D)
	@for f in $(filter %.json,$^); do \
	    printf 'PRESET("%s",\n' "$$(basename "$$f" .json)" && sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' "$$f" && \
	    echo ')' || exit 1; done > $@.tmp && mv $@.tmp $@
$(BUILD)/obj/src/base/preset.o: $(BUILD)/gen/presets.inc

# The name under which the library is loaded is the one that a program linked to it asks for.
$(BUILD)/gen/hdf5_soname.inc: $(BUILD)/flags | $(BUILD)/libraries
	@mkdir -p $(@D)
	@echo 'int H5open(void); int main(void) { return H5open(); }' > $@.c
	@$(CC) $(LDFLAGS) $@.c $(HDF5_LIBS) -o $@.probe
	@LC_ALL=C readelf -d $@.probe | \
	    sed -n 's/.*(NEEDED).*\[\(libhdf5[^]]*\)\].*/"\1"/p' | head -n 1 > $@.tmp
	@test -s $@.tmp || { echo '$@: no shared HDF5 library was found ($(HDF5_LIBS))'; exit 1; }
	@mv $@.tmp $@ && rm -f $@.c $@.probe
$(BUILD)/obj/src/data/hdf5_library.o: $(BUILD)/gen/hdf5_soname.inc

# Tests know what is inside the library.
$(INSIDE): $(LIB_OBJ)
	@rm -f $@ && echo "  archive $@"
	@$(AR) rcs $@ $^

# A program may have an rm_ of its own. One object that keeps its names to itself would be linked
# whole, half as large again, and want all libraries. Objects of -flto have no names to change yet.
$(BUILD)/librimer.a: $(INSIDE)
	@echo "  archive $@"
	@$(NM) -g --defined-only $< | awk '$$NF ~ /^rm_/ { print $$NF, "rimer_" $$NF }' | sort -u > $<.names
	@$(if $(findstring -flto,$(OPT) $(CFLAGS)),cp,$(OBJCOPY) --redefine-syms=$<.names) $< $@

$(BUILD)/librimer.so: $(LIB_OBJ)
	$(LINK) -shared -Wl,-soname,$(SONAME) $(if $(SANITIZE),,-Wl,--no-undefined) $^ \
	    $(RM_LDLIBS) -o $@

$(BUILD)/bin/%: $(BUILD)/obj/apps/%.o $(APP_SHARED:%.c=$(BUILD)/obj/%.o) $(BUILD)/librimer.a
	$(LINK) $^ $(RM_LDLIBS) -o $@

# Check's macros are not pedantic, and promote.
TEST_CFLAGS := -Itests/unit $(call pkg,--cflags check) -Wno-pedantic -Wno-double-promotion
TEST_LIBS   := $(call pkg,--libs check) $(HDF5_LIBS)
$(BUILD)/obj/tests/%.o: tests/%.c $(BUILD)/flags
	$(COMPILE) $(TEST_CFLAGS) -c $< -o $@

$(BUILD)/tests/bench_%: $(BUILD)/obj/tests/bench/bench_%.o $(BUILD)/obj/tests/bench/measure.o \
                       $(BUILD)/obj/tests/bench/flops.o $(INSIDE)
	$(LINK) $^ $(RM_LDLIBS) -o $@

# Allocations that a test refuses (tests/unit/scarce.h).
SCARCE := malloc calloc realloc posix_memalign free fopen fdopen open_memstream realpath gzdopen \
          gzread gzerror pthread_create
$(BUILD)/tests/test_allocation: $(BUILD)/obj/tests/unit/scarce.o
$(BUILD)/tests/test_allocation: TEST_LIBS += $(SCARCE:%=-Wl,--wrap=%)
$(BUILD)/tests/test_kernels: $(BUILD)/obj/tests/unit/kernel_cases.o
# A program for the kernels on the processor is another for a GPU; which, its library tells.
CUDA_TEST_OBJ := $(patsubst %,$(BUILD)/obj/tests/unit/%.o,on_device kernel_cases half_cases harness golden)
CUDA_TEST = $(LINK) $(filter %.o,$^) $(INSIDE) -Wl,--no-as-needed,-rpath,'$(abspath $(<D))' \
            $< -Wl,--as-needed $(TEST_LIBS) $(RM_LDLIBS) -o $@
define cuda_test_rule
$(BUILD)/tests/test_$(1): $(BUILD)/$(2)/$(CUDA_LIB) $(BUILD)/obj/tests/unit/test_$(3).o $(CUDA_TEST_OBJ) \
                          $(INSIDE)
	$$(CUDA_TEST)
endef
$(eval $(call cuda_test_rule,cuda,shim,cuda))
$(eval $(call cuda_test_rule,cuda_training,shim,cuda_training))
$(eval $(call cuda_test_rule,gpu,lib,cuda))
$(eval $(call cuda_test_rule,gpu_training,lib,cuda_training))
$(BUILD)/tests/test_%: $(BUILD)/obj/tests/unit/test_%.o $(BUILD)/obj/tests/unit/harness.o \
                       $(BUILD)/obj/tests/unit/golden.o $(INSIDE)
	$(LINK) $(filter %.o,$^) $(filter %.a,$^) $(TEST_LIBS) $(RM_LDLIBS) -o $@

# Makes files for the tests of the programs.
$(BUILD)/tests/odd_hdf5: $(BUILD)/obj/tests/cli/odd_hdf5.o
	$(LINK) $^ $(HDF5_LIBS) -o $@

FUZZ_OBJ = $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/common.o
FUZZ_LINK = $(LINK) $(filter %.o,$^) $(filter %.a,$^) $(RM_LDLIBS) -o $@
$(BUILD)/tests/fuzz_%: $(FUZZ_OBJ) $(BUILD)/obj/tests/fuzz/replay.o $(INSIDE)
	$(FUZZ_LINK)
$(BUILD)/fuzz_%: $(FUZZ_OBJ) $(INSIDE)
	$(FUZZ_LINK) -fsanitize=fuzzer
# What rimer-plot makes of a forecast.
$(BUILD)/tests/fuzz_forecast $(BUILD)/fuzz_forecast: \
    $(patsubst %,$(BUILD)/obj/apps/%.o,chart plotscript sketch terminal ticks)

C_FILES := $(wildcard include/rimer/*.h src/*/*.[ch] src/*/*/*.[ch] apps/*.[ch] tests/*/*.[ch] \
             docs/*.c)
CUDA_FILES := $(wildcard src/kernels/cuda/* tests/cuda/*)
SCRIPTS := .ci/deps .ci/run $(wildcard datasets/*.sh docs/*.sh tests/*.sh tests/*/*.sh)

# Every linter speaks, whatever the others find. `lint-built` does without installing them.
LINTS := lint-layers lint-tree lint-exports lint-globals lint-format lint-tidy lint-cppcheck \
         lint-scripts
.PHONY: $(LINTS)
lint:
	@.ci/deps lint
	+@$(MAKE) --no-print-directory lint-built
lint-built:
	+@$(MAKE) --no-print-directory -k -O $(LINTS)

lint-layers:
	@tests/lint/layers.sh
lint-tree:
	@tests/lint/tree.sh
lint-exports: $(BUILD)/librimer.so $(BUILD)/librimer.a
	@tests/lint/exports.sh $^
lint-globals: $(BUILD)/librimer.a
	@tests/lint/globals.sh $<

# $(call where-is,TOOL,COMMAND): a tool that is not here is skipped, for all to see.
where-is = @if command -v $(1) >/dev/null; then $(2); else echo 'skip - $(1) is not here'; fi
LINT_C    = $(filter src/%.c apps/%.c docs/%.c,$(C_FILES))
LINT_GEN := $(BUILD)/gen/presets.inc $(BUILD)/gen/hdf5_soname.inc
TIDY      = clang-tidy --quiet "$$@" -- $(RM_CPPFLAGS) -std=c11 -DRM_TABLE=ref $(if $(X86_64),$(FLAGS_$(or $(AMX),bf16))) \
            2>/dev/null
# What its authors call style is left to clang-tidy and to readers.
CPPCHECK := cppcheck -q -j $(JOBS) --error-exitcode=1 --std=c11 --language=c --platform=unix64 \
    --enable=warning,performance,portability --inline-suppr -Iinclude -Isrc -I$(BUILD)/gen \
    $(TABLES:%=-DRM_HAS_%) -D_POSIX_C_SOURCE=200809L -DRM_TABLE=ref
lint-format:
	$(call where-is,clang-format,clang-format --dry-run -Werror $(C_FILES) $(CUDA_FILES) && echo 'ok - format')
# A process a file: the analyser's checker of va_list keeps names of one file and finds them, now and
# then, in the next.
lint-tidy: $(LINT_GEN)
	$(call where-is,clang-tidy,printf '%s\n' $(LINT_C) | \
	    xargs -n 1 -P $(JOBS) sh -c '$(TIDY)' tidy && echo 'ok - tidy')
lint-cppcheck: $(LINT_GEN)
	$(call where-is,cppcheck,$(CPPCHECK) $(LINT_C) && echo 'ok - cppcheck')
lint-scripts:
	$(call where-is,shellcheck,shellcheck $(SCRIPTS) && echo 'ok - scripts')

# The part of the documentation that is made from the option tables.
docs: all
	docs/make-cli.sh $(BUILD)/bin > $(BUILD)/cli.md && mv $(BUILD)/cli.md docs/cli.md

format:
	clang-format -i $(C_FILES) $(CUDA_FILES)

# A path may hold blanks, so it is quoted wherever a shell sees it. Only some shells expand the ~
# of PREFIX=~/x, and rimer.pc needs a whole path.
IN_HOME := $(if $(filter ~/%,$(firstword $(PREFIX))),$(patsubst ~/%,$(HOME)/%,$(PREFIX)),$(PREFIX))
ROOT    := $(if $(filter-out /%,$(firstword $(IN_HOME))),$(CURDIR)/)$(IN_HOME)
INSTALL := $(DESTDIR)$(ROOT)
SHARED  := librimer.so.$(VERSION)
MAN     := $(INSTALL)/share/man/man1
COMPLETIONS := $(INSTALL)/share/bash-completion/completions
install: all
	install -d '$(INSTALL)/bin' '$(INSTALL)/lib/pkgconfig' '$(INSTALL)/include/rimer' '$(MAN)' \
	    '$(COMPLETIONS)'
	install -m 644 include/rimer/*.h '$(INSTALL)/include/rimer'
	install -m 644 $(BUILD)/librimer.a '$(INSTALL)/lib'
	$(if $(STRIP),strip --strip-debug '$(INSTALL)/lib/librimer.a')
	install $(STRIP) -m 755 $(BUILD)/librimer.so '$(INSTALL)/lib/$(SHARED)'
	ln -sf $(SHARED) '$(INSTALL)/lib/$(SONAME)'
	ln -sf $(SONAME) '$(INSTALL)/lib/librimer.so'
	$(if $(CUDA),install -m 755 $(BUILD)/lib/$(CUDA_LIB) '$(INSTALL)/lib')
	sed 's|@PREFIX@|$(ROOT)|; s|@VERSION@|$(VERSION)|; s|@LIBS@|$(RM_LDLIBS)|' \
	    rimer.pc.in > '$(INSTALL)/lib/pkgconfig/rimer.pc'
	install $(STRIP) -m 755 $(APPS:%=$(BUILD)/bin/%) '$(INSTALL)/bin'
	for app in $(APPS); do \
	    $(BUILD)/bin/$$app --help-format man > '$(MAN)'/$$app.1 && \
	    $(BUILD)/bin/$$app --help-format bash > '$(COMPLETIONS)'/$$app || exit 1; done

# Without what debuggers read.
install-strip:
	+@$(MAKE) --no-print-directory install STRIP=-s

uninstall:
	rm -rf '$(INSTALL)/include/rimer'
	rm -f '$(INSTALL)/lib/librimer.a' '$(INSTALL)/lib/librimer.so' '$(INSTALL)/lib/$(SONAME)' \
	    '$(INSTALL)/lib/$(SHARED)' '$(INSTALL)/lib/$(CUDA_LIB)' '$(INSTALL)/lib/pkgconfig/rimer.pc'
	rm -f $(APPS:%='$(INSTALL)/bin/%') $(APPS:%='$(MAN)/%.1') $(APPS:%='$(COMPLETIONS)/%')

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
