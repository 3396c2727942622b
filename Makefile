# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# ksurf. GNU make; `make help` says what there is. Objects in $(BUILD), nothing else is written outside it.

BUILD        ?= build
PREFIX       ?= /usr/local
BINDIR       ?= $(PREFIX)/bin
MANDIR       ?= $(PREFIX)/share/man
COMPDIR      ?= $(PREFIX)/share/bash-completion/completions
FUZZ_SECONDS ?= 60
PKG_CONFIG   ?= pkg-config
ifeq ($(origin CC),default)
CC := gcc
endif

LIBS      := libelf libbpf sqlite3 zlib libzstd nettle libpcre2-8 libarchive liblzma lzo2
WARNINGS  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
CFLAGS    ?= -O2 -g
SANFLAGS  ?=
# The language, the warnings and the folders are the project's; CFLAGS and LDFLAGS are the builder's.
COMPILE    = $(CC) -std=gnu17 $(WARNINGS) -Isrc -pthread $(CFLAGS) $(SANFLAGS) $(CPPFLAGS)
LINK       = $(CC) -pthread $(CFLAGS) $(SANFLAGS) $(LDFLAGS)
LIB_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBS))
LIB_LIBS   := $(shell $(PKG_CONFIG) --libs $(LIBS))

# One word a step; V=1 shows the commands, make -s says nothing.
say        = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@printf '  %-4s %s\n' $(1) $@;)

SRCS      := $(filter-out src/cli/main.c,$(sort $(wildcard src/*/*.c)))
OBJS      := $(SRCS:%.c=$(BUILD)/%.o)
MAIN      := $(BUILD)/src/cli/main.o
UNITS     := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/unit/test_*.c)))
TOOLS     := $(patsubst tests/tools/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/tools/*.c)))
FUZZERS   := $(patsubst fuzz/%.c,%,$(sort $(wildcard fuzz/fuzz_*.c)))
BENCHES   := $(patsubst bench/%.c,$(BUILD)/bench/%,$(sort $(wildcard bench/*.c)))

.PHONY: all check san fuzz bench check-kernel check-vm check-farm install uninstall format clean help tests flags FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BUILD)/ksurf ## build the program (default): build/ksurf

check: all tests ## run the tests: no network, no root
	@BUILD=$(BUILD) CC='$(CC)' tests/run

san: ## the same tests under ASan and UBSan, built in build-san/
	@$(MAKE) --no-print-directory BUILD=build-san check CFLAGS='-O1 -g -fno-omit-frame-pointer' \
		SANFLAGS='-fsanitize=address,undefined -fno-sanitize-recover=all'

fuzz: tests ## each fuzzer for FUZZ_SECONDS (60), clang, built in build-fuzz/
	@BUILD=$(BUILD) FUZZ_SECONDS=$(FUZZ_SECONDS) MAKE='$(MAKE)' fuzz/run $(FUZZERS)

bench: all $(BENCHES) ## IMAGE=vmlinux: speed and size against a bare pass and pahole
	@BUILD=$(BUILD) bench/run '$(IMAGE)'

check-kernel: all tests ## compare Debian's kernel with recorded and independent facts (fetches it)
	@BUILD=$(BUILD) TEST_NOTES=1 TEST_TIMEOUT=3000 tests/run tests/kernel/*.sh

check-vm: all ## boot Debian's kernel in QEMU and compare with what it says of itself (fetches it)
	@BUILD=$(BUILD) TEST_NOTES=1 TEST_TIMEOUT=3000 tests/run tests/vm/vm.sh tests/vm/module.sh

check-farm: all tests ## index kernels as jobs of Slurm and merge them (installs slurm-wlm)
	@scripts/setup slurm-wlm munge
	@BUILD=$(BUILD) TEST_NOTES=1 tests/run tests/slurm.sh

install: all ## PREFIX (/usr/local), DESTDIR: program, man page, bash completion
	$(BUILD)/ksurf help --man > $(BUILD)/ksurf.1
	$(BUILD)/ksurf help --completion bash > $(BUILD)/ksurf.bash
	install -D -m 755 $(BUILD)/ksurf $(DESTDIR)$(BINDIR)/ksurf
	install -D -m 644 $(BUILD)/ksurf.1 $(DESTDIR)$(MANDIR)/man1/ksurf.1
	install -D -m 644 $(BUILD)/ksurf.bash $(DESTDIR)$(COMPDIR)/ksurf

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(BINDIR)/ksurf $(DESTDIR)$(MANDIR)/man1/ksurf.1 $(DESTDIR)$(COMPDIR)/ksurf

format: ## rewrite the sources as .clang-format says
	clang-format -i src/*/*.[ch] tests/unit/*.c tests/tools/*.c fuzz/*.c bench/*.c

clean: ## remove all that was built
	rm -rf build build-san build-fuzz $(BUILD)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-14s %s\n", $$1, $$2}' Makefile

tests: $(UNITS) $(TOOLS)

$(BUILD)/ksurf: $(MAIN) $(BUILD)/libksurf.a
	$(call say,LINK)$(LINK) -o $@ $^ $(LIB_LIBS)

# Made anew each time, so that no object of a file that is gone stays in it.
$(BUILD)/libksurf.a: $(OBJS)
	@rm -f $@
	$(call say,AR)$(AR) rcs $@ $^

$(UNITS): $(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(BUILD)/libksurf.a
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -o $@ $^ -lcmocka $(LIB_LIBS)

# Generators and oracles of the tests: they share no code with the program, and are not what is tested.
$(TOOLS) $(TOOLS:$(BUILD)/tests/%=$(BUILD)/tests/tools/%.o): override SANFLAGS :=
$(TOOLS): $(BUILD)/tests/%: $(BUILD)/tests/tools/%.o
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -o $@ $^ -ldw -lbpf -lelf -lz

$(BUILD)/bench/%: $(BUILD)/bench/%.o
	$(call say,LINK)$(LINK) -o $@ $^ -lelf

$(BUILD)/fuzz/%: $(BUILD)/fuzz/%.o $(BUILD)/libksurf.a
	$(call say,LINK)$(LINK) -fsanitize=fuzzer -o $@ $^ $(LIB_LIBS)

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) $(LIB_CFLAGS) -MMD -MP -c -o $@ $<

# Another compiler or other flags: everything anew. tests/install.sh asks whether a build is of these flags.
flags:
	@echo '$(COMPILE)'

$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE)' | cmp -s - $@ || echo '$(COMPILE)' > $@

-include $(OBJS:.o=.d) $(MAIN:.o=.d) $(wildcard $(BUILD)/tests/*/*.d $(BUILD)/bench/*.d $(BUILD)/fuzz/*.d)
