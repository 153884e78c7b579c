# Attention, Written Twice
#
#   make course              install what is missing, build, run every chapter, build the docs
#   make test                the same set-up, then every test
#
#   make                     build only; says what is missing
#   make chapter N=2         run one chapter; ARGS='--sentence "…" --query WORD' goes to it
#   make docs                the course as web pages: build/docs/html/index.html
#   make bench               speed of every pair and its peers, side by side; FORMAT=json
#   make sanitize            every test under AddressSanitizer and UndefinedBehaviorSanitizer
#   make mutants             every test of the tests: known bugs, each of which must be caught
#   make valgrind            every suite under valgrind
#   make soak SEEDS=200      the agreement tests over many random inputs
#   make data                fetch the full word vectors into data/ and make the extract again
#   make golden              write the expected outputs again, to be read as a diff
#   make format              clang-format every source
#   make install PREFIX=/usr/local
#   make clean
#   make help                this text
#
# Variables: CC=clang  BUILD=build/clang  CFLAGS="-O1 -g"  WERROR=1  CBLAS=-lopenblas

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

ifeq ($(origin CC),default)
CC := cc
endif
AR      ?= ar
BUILD   ?= build
PREFIX  ?= /usr/local
CBLAS   ?= -lgslcblas
CFLAGS  ?= -O3 -g
N       ?= 1
ARGS    ?=
SEEDS   ?= 200
FORMAT  ?= table

.PHONY: all
all:

# ---------------------------------------------------------------------------------------------
# What the system has. The file is made by a rule, so that make reads the flags again right after
# an installation. The goals that set a machine up may install; all others only say what to do.
# ---------------------------------------------------------------------------------------------

SETS_UP := $(filter course test,$(MAKECMDGOALS))

ifneq ($(filter-out help clean format,$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/packages.mk
endif

$(BUILD)/packages.mk: .ci/packages
	@mkdir -p $(@D)
	@.ci/packages $(if $(SETS_UP),install,check)
	@.ci/packages flags "$(CC)" > $@

# ---------------------------------------------------------------------------------------------
# Flags. gnu11, because -std=c11 turns the contraction of a*b + c into one FMA off. -O3, because
# with -O2 gcc does not keep the register tile of the kernels in registers (3 times slower).
# ---------------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
            $(if $(WERROR),-Werror)
COMPILE   = $(CC) -std=gnu11 -I. $(WARNINGS) $(CFLAGS) -MMD -MP
LINK_LIBS = $(GSL_LIBS) $(CBLAS) $(OPENMP_LIBS) -lm

# One source of the kernels, one table an instruction set: its name and its vector width.
ifneq ($(filter x86_64 amd64,$(MACHINE)),)
ISAS := portable avx2 avx512
else
ISAS := portable
endif
LANES_portable := 4
LANES_avx2     := 8
LANES_avx512   := 16
FLAGS_portable :=
FLAGS_avx2     := -mavx2 -mfma
FLAGS_avx512   := -mavx512f -mprefer-vector-width=512

# ---------------------------------------------------------------------------------------------
# What there is to build: found, not listed
# ---------------------------------------------------------------------------------------------

REFERENCE_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard reference/*.c))
KERNEL_SRC    := $(wildcard optimized/kernels/*_f32.c)
KERNEL_OBJ    := $(foreach isa,$(ISAS),$(patsubst %.c,$(BUILD)/%.$(isa).o,$(KERNEL_SRC)))
OPTIMIZED_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard optimized/*.c) \
                   $(filter-out $(KERNEL_SRC),$(wildcard optimized/kernels/*.c))) $(KERNEL_OBJ)
COMMON_OBJ    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard chapters/common/*.c))
STAGES_OBJ    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard optimized/stages/stage*.c))
BENCH_OBJ     := $(patsubst %.c,$(BUILD)/%.o,$(wildcard optimized/bench/*.c))
SUPPORT_OBJ   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))

REFERENCE_LIB := $(BUILD)/libattention_reference.a
OPTIMIZED_LIB := $(BUILD)/libattention_optimized.a
COMMON_LIB    := $(BUILD)/libcommon.a

CHAPTERS := $(patsubst %.c,$(BUILD)/%,$(wildcard chapters/[0-9]*/*.c))
TESTS    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/test_*.c))
LADDER   := $(if $(STAGES_OBJ),$(BUILD)/optimized/stages/ladder)
BENCH    := $(if $(BENCH_OBJ),$(BUILD)/optimized/bench/bench)

all: $(REFERENCE_LIB) $(OPTIMIZED_LIB) $(CHAPTERS) $(LADDER) $(BENCH)

$(REFERENCE_LIB): $(REFERENCE_OBJ)
$(OPTIMIZED_LIB): $(OPTIMIZED_OBJ)
$(COMMON_LIB): $(COMMON_OBJ)
%.a:
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/reference/%.o: reference/%.c $(BUILD)/packages.mk
	@mkdir -p $(@D)
	$(COMPILE) $(GSL_CFLAGS) -c $< -o $@

define KERNELS_OF
$(BUILD)/optimized/kernels/%.$(1).o: optimized/kernels/%.c $(BUILD)/packages.mk
	@mkdir -p $$(@D)
	$$(COMPILE) $$(FLAGS_$(1)) -DLANES=$$(LANES_$(1)) -DISA=$(1) -c $$< -o $$@
endef
$(foreach isa,$(ISAS),$(eval $(call KERNELS_OF,$(isa))))

$(BUILD)/optimized/%.o: optimized/%.c $(BUILD)/packages.mk
	@mkdir -p $(@D)
	$(COMPILE) $(GSL_CFLAGS) $(OPENMP_CFLAGS) -c $< -o $@

$(BUILD)/chapters/%.o: chapters/%.c $(BUILD)/packages.mk
	@mkdir -p $(@D)
	$(COMPILE) $(GSL_CFLAGS) $(OPENMP_CFLAGS) -c $< -o $@

$(BUILD)/tests/%.o: tests/%.c $(BUILD)/packages.mk
	@mkdir -p $(@D)
	$(COMPILE) $(GSL_CFLAGS) $(CUNIT_CFLAGS) $(OPENMP_CFLAGS) -c $< -o $@

$(CHAPTERS): %: %.o $(COMMON_LIB) $(REFERENCE_LIB) $(OPTIMIZED_LIB)
	$(CC) $(CFLAGS) -o $@ $^ $(LINK_LIBS)

$(TESTS): %: %.o $(SUPPORT_OBJ) $(COMMON_LIB) $(REFERENCE_LIB) $(OPTIMIZED_LIB)
	$(CC) $(CFLAGS) -o $@ $^ $(CUNIT_LIBS) $(LINK_LIBS)

$(LADDER): $(BUILD)/optimized/stages/ladder.o $(STAGES_OBJ) $(OPTIMIZED_LIB)
	$(CC) $(CFLAGS) -o $@ $^ $(LINK_LIBS)

$(BENCH): $(BENCH_OBJ) $(REFERENCE_LIB) $(OPTIMIZED_LIB)
	$(CC) $(CFLAGS) -o $@ $^ $(LINK_LIBS) $(DL_LIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# Keep objects of programs: make would delete them as intermediate files.
.SECONDARY:

# ---------------------------------------------------------------------------------------------
# Housekeeping
# ---------------------------------------------------------------------------------------------

.PHONY: help clean
help:
	@sed -n '/^#/!q;s/^# \{0,1\}//p' Makefile

clean:
	rm -rf build
