# Attention, Written Twice
#
#   make course              install what is missing, build, run every chapter, build the docs
#   make test                the same set-up, then every test
#
#   make                     build only; says what is missing
#   make chapter N=2         run one chapter; ARGS='--sentence "…" --query WORD' goes to it
#   make exercises           the map of the exercises; then start, exercise, watch, hint, solution,
#                            reset, merge, debug, mine, each with N=2.21 (or the current one)
#   make grade FORMAT=json   check everything in work/ anew, as json, junit, tap or gradescope
#   make exercises-verify    the proof of every exercise; check-exercise N=2.21 of one;
#                            new-exercise N=2.40 NAME=my_topic begins one
#   make docs                the course as web pages: build/docs/html/index.html
#   make bench               speed of every pair and its peers, side by side; FORMAT=json
#   make sanitize            every test under AddressSanitizer and UndefinedBehaviorSanitizer
#   make mutants             every test of the tests: known bugs, each of which must be caught
#   make valgrind            every suite under valgrind
#   make soak SEEDS=200      the agreement tests over many random inputs
#   make data                fetch the full word vectors, the Brown corpus and CMUdict into data/,
#                            and make the extracts again
#   make golden              write the expected outputs again, to be read as a diff
#   make format              clang-format every source
#   make install PREFIX=/usr/local
#   make clean
#   make help                this text
#
# Variables: CC=clang  BUILD=build/clang  CFLAGS="-O1 -g"  WERROR=1  CBLAS=-lopenblas
# V=1 shows every command.

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
V       ?=

.PHONY: all
all:

# ---------------------------------------------------------------------------------------------
# What the system has. The file is made by a rule, so that make reads the flags again right after
# an installation. The goals that set a machine up may install; all others only say what to do.
# ---------------------------------------------------------------------------------------------

SETS_UP := $(filter course test,$(MAKECMDGOALS))

ifneq ($(filter-out help clean format check-format,$(or $(MAKECMDGOALS),all)),)
ifeq ($(SETS_UP)$(wildcard $(BUILD)/packages.mk),)
ifneq ($(shell .ci/packages check >&2 && echo complete),complete)
$(error nothing was built)
endif
endif
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
# The ladder also tries vectors that are longer than any register of the portable table.
LANES_overlong := 16
FLAGS_overlong := -Wno-psabi

# A line instead of a command, unless V=1.
Q       := $(if $(V),,@)
say      = @$(if $(V),:,printf '  %-8s %s\n' $(1) $(2))

# Threads that wait sleep: a build and its tests share the machine. make bench wants them awake.
ifeq ($(filter bench,$(MAKECMDGOALS)),)
export OMP_WAIT_POLICY ?= passive
endif

# ---------------------------------------------------------------------------------------------
# What there is to build: found, not listed
# ---------------------------------------------------------------------------------------------

REFERENCE_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard reference/*.c))
KERNEL_SRC    := $(wildcard optimized/kernels/*_f32.c)
KERNEL_OBJ    := $(foreach isa,$(ISAS),$(patsubst %.c,$(BUILD)/%.$(isa).o,$(KERNEL_SRC)))
OPTIMIZED_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard optimized/*.c) \
                   $(filter-out $(KERNEL_SRC),$(wildcard optimized/kernels/*.c))) $(KERNEL_OBJ)
COMMON_OBJ    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard chapters/common/*/*.c))
STAGES_F32    := $(wildcard optimized/stages/*_f32.c)
STAGES_OBJ    := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(STAGES_F32),$(wildcard optimized/stages/stage*.c))) \
                 $(foreach isa,$(ISAS) overlong,$(patsubst %.c,$(BUILD)/%.$(isa).o,$(STAGES_F32)))
LADDER_OBJ    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard optimized/stages/ladder*.c))
BENCH_OBJ     := $(patsubst %.c,$(BUILD)/%.o,$(wildcard optimized/bench/*.c))
SUPPORT_OBJ   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c)) \
                 $(foreach isa,$(ISAS),$(patsubst %.c,$(BUILD)/%.$(isa).o,$(wildcard tests/support/kernels/*_f32.c)))

REFERENCE_LIB := $(BUILD)/libattention_reference.a
OPTIMIZED_LIB := $(BUILD)/libattention_optimized.a
COMMON_LIB    := $(BUILD)/libcommon.a
SUPPORT_LIB   := $(BUILD)/libsupport.a

# A chapter is one program, linked from all sources in its folder and named after the folder:
# chapters/02_dot_product/*.c make build/chapters/02_dot_product/dot_product.
NOTHING :=
SPACE   := $(NOTHING) $(NOTHING)
topic_of = $(subst $(SPACE),_,$(wordlist 2,9,$(subst _, ,$(notdir $(1)))))
CHAPTER_FOLDERS := $(sort $(patsubst %/,%,$(dir $(wildcard chapters/[0-9]*/*.c))))
CHAPTERS := $(foreach folder,$(CHAPTER_FOLDERS),$(BUILD)/$(folder)/$(call topic_of,$(folder)))

# The checker of the exercises is two libraries: the judge knows the answers, the child does not.
CHECKER_SRC := $(wildcard exercises/checker/*.c)
CHILD_NAMES := child ask pipe counted problem sanitizer frames
CHILD_PARTS := $(addprefix exercises/checker/,$(CHILD_NAMES))
CHILD_ONLY  := $(addprefix exercises/checker/,child ask pipe sanitizer)
JUDGE_OBJ   := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(CHILD_ONLY:=.c),$(CHECKER_SRC)))
GRADE_OBJ   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard exercises/grade/*.c))
GRADE       := $(BUILD)/exercises/grade/grade
JUDGE_LIB   := $(BUILD)/libjudge.a
CHILD_LIB   := $(BUILD)/libchild.a
EXPLAIN_LIB := $(BUILD)/libchild_explaining.a
CHECKER     := $(JUDGE_LIB) $(CHILD_LIB) $(EXPLAIN_LIB) $(REFERENCE_LIB) $(GRADE) \
               $(BUILD)/exercises/settings

# The suites that take longest start first: they run programs, or every shape on every table.
LONG_TESTS := $(foreach name,expected programs training_programs attention_agreement kernels,$(BUILD)/tests/test_$(name))
TESTS    := $(LONG_TESTS) $(filter-out $(LONG_TESTS),$(patsubst %.c,$(BUILD)/%,$(wildcard tests/test_*.c)))
LADDER   := $(if $(STAGES_OBJ),$(BUILD)/optimized/stages/ladder)
BENCH    := $(if $(BENCH_OBJ),$(BUILD)/optimized/bench/bench)

all: $(REFERENCE_LIB) $(OPTIMIZED_LIB) $(CHAPTERS) $(LADDER) $(BENCH)

$(REFERENCE_LIB): $(REFERENCE_OBJ)
$(OPTIMIZED_LIB): $(OPTIMIZED_OBJ)
$(COMMON_LIB): $(COMMON_OBJ)
$(SUPPORT_LIB): $(SUPPORT_OBJ)
$(JUDGE_LIB): $(JUDGE_OBJ)
$(CHILD_LIB): $(CHILD_PARTS:%=$(BUILD)/%.child.o)
$(EXPLAIN_LIB): $(CHILD_PARTS:%=$(BUILD)/%.explaining.o)
%.a:
	@rm -f $@
	$(call say,archive,$@)
	$(Q)$(AR) rcs $@ $^

$(BUILD)/reference/%.o: reference/%.c $(BUILD)/packages.mk
	@mkdir -p $(@D)
	$(call say,compile,$<)
	$(Q)$(COMPILE) $(GSL_CFLAGS) -c $< -o $@

define KERNELS_OF
$(BUILD)/%.$(1).o: %.c $(BUILD)/packages.mk
	@mkdir -p $$(@D)
	$$(call say,compile,'$$< ($(1))')
	$$(Q)$$(COMPILE) $$(FLAGS_$(1)) -DLANES=$$(LANES_$(1)) -DISA=$(1) -c $$< -o $$@
endef
$(foreach isa,$(ISAS) overlong,$(eval $(call KERNELS_OF,$(isa))))

# The products are most of what a training does: make sanitize wants them faster than the rest.
$(BUILD)/optimized/kernels/matmul_f32.%.o: COMPILE += $(PRODUCT_CFLAGS)

$(BUILD)/optimized/%.o: optimized/%.c $(BUILD)/packages.mk
	@mkdir -p $(@D)
	$(call say,compile,$<)
	$(Q)$(COMPILE) $(GSL_CFLAGS) $(OPENMP_CFLAGS) -c $< -o $@

# A header makes oneDNN a peer of the bench: looked for each time, written when it came or went.
$(BENCH_OBJ): $(BUILD)/optimized/bench/peers
.PHONY: peers
peers:
$(BUILD)/optimized/bench/peers: peers
	@mkdir -p $(@D)
	@peers=$$(echo '#include <dnnl.h>' | $(CC) -x c -E - >/dev/null 2>&1 && echo oneDNN); \
	    echo "$$peers" | cmp -s - $@ || echo "$$peers" > $@

$(BUILD)/chapters/%.o: chapters/%.c $(BUILD)/packages.mk
	@mkdir -p $(@D)
	$(call say,compile,$<)
	$(Q)$(COMPILE) $(GSL_CFLAGS) $(JANSSON_CFLAGS) $(OPENMP_CFLAGS) -c $< -o $@

$(BUILD)/tests/%.o: tests/%.c $(BUILD)/packages.mk
	@mkdir -p $(@D)
	$(call say,compile,$<)
	$(Q)$(COMPILE) $(GSL_CFLAGS) $(CUNIT_CFLAGS) $(OPENMP_CFLAGS) -c $< -o $@

$(BUILD)/exercises/%.o: exercises/%.c $(BUILD)/packages.mk
	@mkdir -p $(@D)
	$(call say,compile,$<)
	$(Q)$(COMPILE) $(GSL_CFLAGS) $(CUNIT_CFLAGS) $(JANSSON_CFLAGS) -c $< -o $@

# The child is always the same two builds, whatever CFLAGS the rest has: one decides, one explains.
$(BUILD)/exercises/%.child.o: exercises/%.c $(BUILD)/packages.mk
	@mkdir -p $(@D)
	$(call say,compile,'$< (child)')
	$(Q)$(CC) -std=gnu11 -I. $(WARNINGS) -O2 -g -MMD -MP $(GSL_CFLAGS) -c $< -o $@

$(BUILD)/exercises/%.explaining.o: exercises/%.c $(BUILD)/packages.mk
	@mkdir -p $(@D)
	$(call say,compile,'$< (explaining)')
	$(Q)$(CC) -std=gnu11 -I. $(WARNINGS) -O1 -g -MMD -MP $(EXPLAIN_FLAGS) $(GSL_CFLAGS) -c $< -o $@

# These are copied into the program by the assembler, which -MMD does not see.
$(BUILD)/chapters/common/words/word_vectors_binary.o: chapters/common/data/word_vectors.bin
$(BUILD)/chapters/common/words/corpus_embedded.o: chapters/common/data/course.conllu
$(BUILD)/chapters/common/pairs/pronunciations_embedded.o: chapters/05_sequence_to_sequence/data/pronunciations.txt

define CHAPTER_OF
$(BUILD)/$(1)/$(call topic_of,$(1)): $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)/*.c))
endef
$(foreach folder,$(CHAPTER_FOLDERS),$(eval $(call CHAPTER_OF,$(folder))))
$(CHAPTERS): $(COMMON_LIB) $(REFERENCE_LIB) $(OPTIMIZED_LIB)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(JANSSON_LIBS) $(LINK_LIBS)

$(BUILD)/tests/test_stages: $(STAGES_OBJ)
$(BUILD)/tests/test_programs $(BUILD)/tests/test_training_programs $(BUILD)/tests/test_training_sides \
    $(BUILD)/tests/test_expected: $(CHAPTERS)
$(TESTS): %: %.o $(SUPPORT_LIB) $(COMMON_LIB) $(REFERENCE_LIB) $(OPTIMIZED_LIB)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(CUNIT_LIBS) $(JANSSON_LIBS) $(LINK_LIBS)

$(BUILD)/optimized/stages/ladder_print.o: COMPILE += -DCOMPILER_FLAGS='"$(CFLAGS)"'

$(LADDER): $(LADDER_OBJ) $(STAGES_OBJ) $(OPTIMIZED_LIB)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LINK_LIBS)

$(BENCH): $(BENCH_OBJ) $(REFERENCE_LIB) $(OPTIMIZED_LIB)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LINK_LIBS) $(DL_LIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# Keep objects of programs: make would delete them as intermediate files.
.SECONDARY:

# ---------------------------------------------------------------------------------------------
# The course
# ---------------------------------------------------------------------------------------------

.PHONY: course chapter bench

course: all docs
	@echo
	@echo 'The course is ready. Open this page in a browser:'
	@echo '    $(abspath $(BUILD))/docs/html/index.html'
	@echo 'and go on with a sentence of your own:'
	@echo "    make chapter N=2 ARGS='--sentence \"the cow grazed on the bank of the river\" --query bank'"

CHAPTER = $(filter $(BUILD)/chapters/$(shell printf '%02d' $(firstword $(subst ., ,$(N))))_%,$(CHAPTERS))

chapter: $(CHAPTER)
	@$(if $(CHAPTER),$< $(ARGS),echo 'there is no chapter $(N); there are 1 to $(words $(CHAPTERS))' >&2; exit 2)

bench: $(BENCH)
	@$(BENCH) --format $(FORMAT) $(ARGS)

# ---------------------------------------------------------------------------------------------
# Docs: each page is woven from its text, the sources it cuts from and the program it runs; Doxygen
# makes a site of them. docs/pages/writing.md says how a page is written.
# ---------------------------------------------------------------------------------------------

GEN           := $(BUILD)/docs/gen
WEAVE         := docs/tools/weave.pl --gen $(GEN)
WEAVE_INPUTS  := $(wildcard docs/tools/*.p[lm] docs/*.txt docs/*.bib chapters/*/chapter.md chapters/*/data/*.md \
                 exercises/*/*/meta) \
                 $(shell find reference optimized chapters tests docs -name '*.[ch]')
SITE_INPUTS   := docs/Doxyfile docs/DoxygenLayout.xml docs/pages/groups.dox docs/tools/site.sh \
                 docs/tools/finish.mjs $(wildcard docs/theme/*)
CHAPTER_PAGES := $(patsubst chapters/%/chapter.md,$(BUILD)/docs/pages/%.md,$(wildcard chapters/*/chapter.md))
OTHER_PAGES   := $(patsubst docs/pages/%.md,$(BUILD)/docs/pages/%.md,$(wildcard docs/pages/*.md))
MEASURED      := $(if $(LADDER),$(GEN)/ladder.md $(GEN)/cache_misses.md)

.PHONY: docs check-docs
docs: $(BUILD)/docs/html/index.html

$(BUILD)/docs/html/index.html: $(CHAPTER_PAGES) $(OTHER_PAGES) $(SITE_INPUTS) $(WEAVE_INPUTS)
	@docs/tools/site.sh $(BUILD)

$(CHAPTER_PAGES): $(BUILD)/docs/pages/%.md: chapters/%/chapter.md $(CHAPTERS) $(MEASURED) $(WEAVE_INPUTS)
	@mkdir -p $(@D)
	$(call say,weave,$<)
	$(Q)$(WEAVE) --chapter $* --program $(filter $(BUILD)/chapters/$*/%,$(CHAPTERS)) $< > $@

# They may show figures of the chapters.
$(OTHER_PAGES): $(BUILD)/docs/pages/%.md: docs/pages/%.md $(CHAPTER_PAGES) $(WEAVE_INPUTS)
	@mkdir -p $(@D)
	$(call say,weave,$<)
	$(Q)$(WEAVE) $< > $@

$(GEN)/ladder.md: $(LADDER)
	@mkdir -p $(@D)
	$(call say,measure,$@)
	$(Q)$(LADDER) --repeat 5 --format markdown > $@

$(GEN)/cache_misses.md: $(LADDER) optimized/stages/cache_misses.sh
	@mkdir -p $(@D)
	$(call say,measure,$@)
	$(Q)$(if $(shell command -v valgrind),optimized/stages/cache_misses.sh --markdown $(LADDER), \
	    echo '*Not measured: valgrind is not installed on this machine.*') > $@

check-docs: docs
	docs/tools/check_equations.pl
	node docs/tools/check_links.mjs $(BUILD)/docs/html
	@$(if $(shell command -v chromium),node docs/tools/check_pages.mjs $(BUILD)/docs/html, \
	    echo 'pages: not looked at, there is no chromium')

# ---------------------------------------------------------------------------------------------
# Tests
# ---------------------------------------------------------------------------------------------

AGREEMENT := $(filter %_agreement $(BUILD)/tests/test_matmul $(BUILD)/tests/test_kernels,$(TESTS))
SANITIZED := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
VALGRIND  := valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite \
             --errors-for-leak-kinds=definite

# Tests that are typed, as a learner and a teacher type. They take longest, and begin first.
SCRIPTS := $(wildcard tests/test_*.sh)

.PHONY: tests test golden soak mutants sanitize valgrind
tests: all $(TESTS) $(CHECKER)

test: tests
	@BUILD="$(BUILD)" tests/run $(SCRIPTS) $(TESTS)

golden: $(BUILD)/tests/test_expected
	@GOLDEN=write tests/run $<
	@git diff --stat -- chapters/*/expected 2>/dev/null || true

soak: $(AGREEMENT)
	@tests/run --seeds $(SEEDS) $(AGREEMENT)

MUTANT_TESTS := $(foreach topic,attention additive_attention multiplicative_attention local_attention multi_head block recurrent encoder decoder translator,$(filter $(BUILD)/tests/test_$(topic)%,$(TESTS)))
mutants: $(MUTANT_TESTS)
	@BUILD="$(BUILD)" COMPILE="$(COMPILE) -O1 -w $(GSL_CFLAGS) $(OPENMP_CFLAGS)" \
	    KERNELS="$(FLAGS_portable) -DLANES=$(LANES_portable) -DISA=portable" \
	    LINK="$(CC) $(CFLAGS)" \
	    LIBRARIES="$(SUPPORT_LIB) $(COMMON_LIB) $(REFERENCE_LIB) $(OPTIMIZED_LIB) $(CUNIT_LIBS) $(JANSSON_LIBS) $(LINK_LIBS)" \
	    tests/mutants/run "$(ONLY)"

# Not with WERROR: what a sanitizer adds makes GCC warn of what is not there.
sanitize:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitize CFLAGS="$(SANITIZED)" PRODUCT_CFLAGS=-O2 WERROR= test

# Valgrind hides AVX-512, so the portable and the AVX2 tables run.
valgrind: tests
	@tests/run --limit 0 --under "$(VALGRIND)" $(TESTS)

.PHONY: data
data:
	@command -v node >/dev/null && command -v npm >/dev/null || \
	    { echo 'make data needs Node.js and npm' >&2; exit 1; }
	node chapters/common/data/make_extract.mjs
	node chapters/common/data/make_brown.mjs
	node chapters/05_sequence_to_sequence/data/make_pronunciations.mjs

# ---------------------------------------------------------------------------------------------
# Exercises: exercises/run has the commands. Your files are in work/, which git does not see.
# ---------------------------------------------------------------------------------------------

EXERCISE  = BUILD="$(BUILD)" N="$(if $(filter command line environment,$(origin N)),$(N))" \
            exercises/run

define SETTINGS
CC='$(CC)'
CFLAGS='$(CFLAGS)'
MAKE='$(MAKE)'
GSL_CFLAGS='$(GSL_CFLAGS)'
GSL_LIBS='$(GSL_LIBS) $(CBLAS) -lm'
CUNIT_CFLAGS='$(CUNIT_CFLAGS)'
JUDGE_LIBS='$(CUNIT_LIBS) $(JANSSON_LIBS) $(LINK_LIBS)'
JUDGE_FLAGS='$(filter -fsanitize% -fno-sanitize%,$(CFLAGS))'
JUDGE_LIB='$(JUDGE_LIB)'
CHILD_LIB='$(CHILD_LIB)'
CHILD_NAMES='$(CHILD_NAMES)'
EXPLAIN_LIB='$(EXPLAIN_LIB)'
EXPLAIN_FLAGS='$(EXPLAIN_FLAGS)'
REFERENCE_LIB='$(REFERENCE_LIB)'
GRADE='$(GRADE)'
endef

# Looked at each time, written when something in it changed.
export SETTINGS
.PHONY: settings
settings:
$(BUILD)/exercises/settings: settings
	@mkdir -p $(@D)
	@echo "$$SETTINGS" | cmp -s - $@ || echo "$$SETTINGS" > $@

$(GRADE): $(GRADE_OBJ)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(JANSSON_LIBS)

.PHONY: checker
checker: $(CHECKER)

.PHONY: exercises start exercise watch hint solution reset merge debug mine grade handout \
        exercises-verify new-exercise check-exercise
exercises:
	@$(EXERCISE) list
hint solution:
	@$(EXERCISE) $@
start exercise watch reset merge debug handout: $(CHECKER)
	@$(EXERCISE) $@
mine grade: $(CHECKER) # they call make themselves
	+@$(EXERCISE) $@
exercises-verify: $(CHECKER)
	@$(EXERCISE) verify
check-exercise: $(CHECKER)
	@$(EXERCISE) check
new-exercise:
	@$(EXERCISE) new

# The chapters' programs with functions of the learner's: MINE names their objects. The reference is
# built once more with every public function weak, so that a learner's definition takes its place, and
# the reference serves where there is none. No library: a weak name would not fetch its object.
MINE         ?=
MINE_ONLY    ?=
WEAK_OBJ      = $(patsubst %.c,$(BUILD)/mine/%.o,$(wildcard reference/*.c))
MINE_CHAPTERS = $(foreach program,$(CHAPTERS),$(BUILD)/mine/$(notdir $(program)))
MINE_RUN      = $(filter $(BUILD)/chapters/0$(MINE_ONLY)%,$(CHAPTERS))

$(BUILD)/mine/weak.h: $(wildcard reference/*.h)
	@mkdir -p $(@D)
	@sed -n 's/^[a-z].*[ *]\(ref_[a-z_]*\)(.*/#pragma weak \1/p' reference/*.h > $@

$(BUILD)/mine/reference/%.o: reference/%.c $(BUILD)/mine/weak.h $(BUILD)/packages.mk
	@mkdir -p $(@D)
	$(call say,compile,'$< (weak)')
	$(Q)$(COMPILE) -include $(BUILD)/mine/weak.h $(GSL_CFLAGS) -c $< -o $@

define MINE_CHAPTER
$(BUILD)/mine/$(notdir $(1)): $(filter %.o,$(patsubst %.c,$(BUILD)/%.o,$(wildcard $(patsubst $(BUILD)/%/,%,$(dir $(1)))/*.c))) \
    $(MINE) $(WEAK_OBJ) $(COMMON_LIB) $(OPTIMIZED_LIB)
	$$(call say,link,$$@)
	$$(Q)$(CC) $(CFLAGS) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) $(JANSSON_LIBS) $(LINK_LIBS)
endef
$(foreach program,$(CHAPTERS),$(eval $(call MINE_CHAPTER,$(program))))

.PHONY: mine-programs $(MINE_CHAPTERS)
mine-programs: $(MINE_RUN) $(foreach program,$(MINE_RUN),$(BUILD)/mine/$(notdir $(program)))
	@run() { "$$1" 2> "$$2.log" > "$$2" || { status=$$?; \
	    tail -n 1 "$$2.log"; echo "$$1 ended with status $$status"; exit 1; }; }; \
	for program in $(MINE_RUN); do \
	    mine=$(BUILD)/mine/$$(basename $$program); \
	    run $$program $$mine.reference; \
	    run $$mine $$mine.mine; \
	    if cmp -s $$mine.reference $$mine.mine; then echo "$$mine: the same, to the last digit"; \
	    else echo "$$mine: other digits; diff $$mine.reference $$mine.mine"; fi; \
	done

# ---------------------------------------------------------------------------------------------
# Installation: two libraries with their headers, and a pkg-config file each
# ---------------------------------------------------------------------------------------------

INCLUDE_DIR := include/attention_written_twice

.PHONY: install uninstall
install: $(REFERENCE_LIB) $(OPTIMIZED_LIB)
	@for side in reference optimized; do \
	    for header in $$(find $$side -name '*.h' ! -path '*/bench/*' ! -path '*/stages/*'); do \
	        install -d "$(DESTDIR)$(PREFIX)/$(INCLUDE_DIR)/$$(dirname $$header)" && \
	        install -m 644 $$header "$(DESTDIR)$(PREFIX)/$(INCLUDE_DIR)/$$header" || exit 1; \
	    done; \
	    install -d "$(DESTDIR)$(PREFIX)/lib/pkgconfig" && \
	    install -m 644 $(BUILD)/libattention_$$side.a "$(DESTDIR)$(PREFIX)/lib/" || exit 1; \
	done
	@printf '%s\n' 'Name: attention_reference' 'Version: 1' \
	    'Description: attention, written to be read (GSL, double)' 'Requires: gsl' \
	    'Cflags: -I$(PREFIX)/$(INCLUDE_DIR)' 'Libs: -L$(PREFIX)/lib -lattention_reference' \
	    > "$(DESTDIR)$(PREFIX)/lib/pkgconfig/attention_reference.pc"
	@printf '%s\n' 'Name: attention_optimized' 'Version: 1' \
	    'Description: attention, written to run fast (float32, SIMD, threads)' 'Requires: gsl' \
	    'Cflags: -I$(PREFIX)/$(INCLUDE_DIR)' \
	    'Libs: -L$(PREFIX)/lib -lattention_optimized $(OPENMP_LIBS) -lm' \
	    > "$(DESTDIR)$(PREFIX)/lib/pkgconfig/attention_optimized.pc"

uninstall:
	rm -rf "$(DESTDIR)$(PREFIX)/$(INCLUDE_DIR)"
	rm -f "$(DESTDIR)$(PREFIX)/lib/libattention_reference.a" \
	    "$(DESTDIR)$(PREFIX)/lib/libattention_optimized.a" \
	    "$(DESTDIR)$(PREFIX)/lib/pkgconfig/attention_reference.pc" \
	    "$(DESTDIR)$(PREFIX)/lib/pkgconfig/attention_optimized.pc"

# ---------------------------------------------------------------------------------------------
# Housekeeping
# ---------------------------------------------------------------------------------------------

SOURCES = $(shell find chapters reference optimized exercises tests docs -name '*.[ch]')

.PHONY: help format check-format clean
format:
	@clang-format -i $(SOURCES)

check-format:
	@clang-format --dry-run -Werror $(SOURCES)

help:
	@sed -n '/^#/!q;s/^# \{0,1\}//p' Makefile

clean:
	rm -rf build
