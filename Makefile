# OpenMDF. One file, no recursion for building, no configure; everything made lies under build/.
#
#   make            the programs, in build/release/            make demo    set up, then one warrant end to end
#   make check      set up, then every test                    make asan | tsan | cov   the same tests, other build
#   make fuzz       the fuzz drivers (clang)                   make asn1-check          modules against the field table
#   make order | property | live | secrecy   long forms of what check runs short (RUNS=n)
#   make fault      200 runs in which something dies, breaks or fills up, their table (RUNS=n SEED=n ONLY="fault ..." JOBS=2)
#   make soak       a day's traffic in 864 s, everything that a day brings, their memory and what is at the agency (HOURS=24)
#   make fuzz-all   the fuzz drivers (make fuzz builds them), FUZZ_SECONDS (600) each, their table; FUZZ_KEEP=1 keeps new seeds
#   make bench      what it costs, against what the machine asks for at least (RUNS=3; RT=1: at real-time priority)
#   make trace      requirements: what is met where, what is not (V=1: each id); make trace-x: each of X1, X2 and X3
#   make states     the state machines, as tables and as build/states/*.dot (and .svg where graphviz is installed)
#   make options    each option of a destination and of lemfd: the test that shows it over TLS, and the one that shows its fault
#   make manuals    manual pages against keys, options, verbs and alarms, both ways
#   make x1-errors    X1's error codes: who gives each, when, and which test sees it
#   make install | install-units [PREFIX=/usr/local] [DESTDIR=]        make deb        a Debian package, in build/deb/
#   make clean
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += -r
V        ?= 0
Q        := $(if $(filter 1,$(V)),,@)
say       = @printf '  %-6s %s\n' '$1' '$2'

# -- who is built, and how -------------------------------------------------------------------------------------------
MODE     ?= release
B        := build/$(MODE)
G        := build/gen
SHARED   ?= ../shared
# A tenth of the rounds where every instruction costs ten.
ROUNDS   ?= $(if $(filter asan tsan cov,$(MODE)),10,100)
ifeq ($(origin CC),default)
CC       := gcc
endif
LD       ?= ld
PKGS     := libuv openssl libpcap sqlite3 yaml-0.1 liburcu-qsbr talloc libasn1c libnghttp2 libseccomp libkeyutils libxml-2.0 libcurl libcares
STD      := -std=c17 -D_GNU_SOURCE -D_DEFAULT_SOURCE
WARN     := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wimplicit-fallthrough -Werror
HARD     := -fstack-protector-strong -fPIE
OPT.release := -O2 -g -D_FORTIFY_SOURCE=2
OPT.asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPT.tsan := -O1 -g -fsanitize=thread
LD.tsan  := -Wl,-u,syscall
# Without optimization gcc only guesses what is not initialized.
OPT.cov  := -O0 -g --coverage -Wno-maybe-uninitialized
DEF.cov  := -DSANDBOX_OFF='"a coverage build writes its counts beside its objects"'
OPT.fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
VERSION  := $(or $(patsubst v%,%,$(shell git describe --tags --dirty 2>/dev/null)),0.1.0)
CFLAGS   += $(STD) $(OPT.$(MODE)) $(HARD)
CPPFLAGS += -Iinclude $(patsubst -I%,-isystem %,$(filter-out -I/usr/include/ %/asn1c,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))) -DLI_VERSION='"$(VERSION)"' $(DEF.$(MODE))
LDLIBS   += $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lhttp_parser -lpthread
LDFLAGS  += $(filter -fsanitize=% --coverage,$(filter-out -fsanitize=fuzzer-no-link%,$(OPT.$(MODE)))) -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LD.$(MODE))

# -- sources ---------------------------------------------------------------------------------------------------------
src       = $(filter-out %_main.c,$(wildcard $(addsuffix /*.c,$1)))
LIB.src  := $(filter-out asn1/gen_%,$(call src,asn1 handover handover/report)) $(if $(filter tsan,$(MODE)),test/tsan/close.c)
MDF.src  := $(call src,mediation mediation/tap mediation/proto mediation/core mediation/warrant mediation/record mediation/x mediation/x1)
GEN.src  := $(call src,test/gen) test/judge/plant.c test/judge/random_value.c
CONF.src := $(call src,conformance)
UNIT.src := $(wildcard test/test_*.c)
FUZZ.src := $(wildcard test/fuzz/fuzz_*.c)
obj       = $(patsubst %.c,$(B)/%.o,$1)
PROGRAMS := $(patsubst %_main.c,$(B)/%,$(notdir $(wildcard asn1/*_main.c handover/*_main.c mediation/*_main.c conformance/*_main.c)))
TOOLS    := $(patsubst test/gen/%_main.c,$(B)/%,$(wildcard test/gen/*_main.c))
# What make fault and make soak work with: fault_feed, fault_check …, and what they load into the services.
FAULTS   := $(patsubst test/fault/%_main.c,$(B)/fault_%,$(wildcard test/fault/*_main.c)) $(B)/fault_shim.so $(B)/fault_heap.so
# Every test program: CUnit suites, and tests that are C programs of their own.
UNITS    := $(patsubst test/%.c,$(B)/test/%,$(UNIT.src))
REPLAYS  := $(patsubst test/fuzz/fuzz_%.c,$(B)/test/replay_%,$(FUZZ.src))
SCRIPTS  := $(sort $(wildcard test/integration/*.sh))

all: $(PROGRAMS)

include asn1/asn1.mk
include handover/report/report.mk
include mediation/x1/x1.mk

$(B)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -I. $(CFLAGS) $(WARN) -MMD -MP -c $< -o $@

$(B)/libli.a: $(call obj,$(LIB.src)) $(GEN.obj)
$(B)/libmdf.a: $(call obj,$(MDF.src))
$(B)/libgen.a: $(call obj,$(GEN.src))
$(B)/libconf.a: $(call obj,$(CONF.src))
$(B)/lib%.a:
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D) && rm -f $@ && ar rcs $@ $^

define program
$(B)/$(patsubst %_main.c,%,$(notdir $1)): $(call obj,$1) $2
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(LDLIBS)
endef
$(foreach m,$(wildcard asn1/*_main.c handover/*_main.c),$(eval $(call program,$m,$(B)/libli.a)))
$(foreach m,$(wildcard mediation/*_main.c),$(eval $(call program,$m,$(B)/libmdf.a $(B)/libli.a)))
# Nothing of the product: a suite that shared its reader with what it judges would agree with its mistakes.
$(foreach m,$(wildcard conformance/*_main.c),$(eval $(call program,$m,$(B)/libconf.a)))
$(foreach m,$(wildcard test/gen/*_main.c),$(eval $(call program,$m,$(B)/libgen.a $(B)/libmdf.a $(B)/libli.a)))

# -- tests -----------------------------------------------------------------------------------------------------------
$(B)/test/test_%: $(B)/test/test_%.o $(B)/libconf.a $(B)/libgen.a $(B)/libmdf.a $(B)/libli.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcunit
# The fuzz drivers without libFuzzer: they replay their seeds in every check.
$(B)/test/replay_%: $(B)/test/fuzz/fuzz_%.o $(B)/test/fuzz/replay_main.o $(B)/libgen.a $(B)/libmdf.a $(B)/libli.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/fuzz_%: $(B)/test/fuzz/fuzz_%.o $(B)/libgen.a $(B)/libmdf.a $(B)/libli.a
	$(call say,LD,$@)
	$(Q)$(CC) $(OPT.$(MODE)) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

$(B)/fault_%: $(B)/test/fault/%_main.o $(B)/test/fault/made.o $(B)/libgen.a $(B)/libmdf.a $(B)/libli.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
# Never with a sanitizer: it goes before the C library of a program that has one.
$(B)/fault_%.so: test/fault/%.c
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(STD) -O2 -fPIC -shared $(WARN) -o $@ $< -lpthread

# What test/bench measures with; also one by one: make build/release/bench_flow && build/release/bench_flow
BENCHES  := $(patsubst test/bench/%.c,$(B)/%,$(wildcard test/bench/bench_*.c))
$(B)/bench_%: $(B)/test/bench/bench_%.o $(B)/libgen.a $(B)/libmdf.a $(B)/libli.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

tests: all $(TOOLS) $(FAULTS) $(UNITS) $(REPLAYS)
check-built: tests includes trace states-good manuals options
	$(Q)B=$(B) MODE=$(MODE) G=$(G) SHARED=$(SHARED) ROUNDS=$(ROUNDS) sh test/run.sh $(if $(ONLY),$(ONLY),$(UNITS) $(REPLAYS) $(SCRIPTS))
check:
	$(Q)sh .ci/setup check
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) tests
	$(Q)$(MAKE) --no-print-directory check-built
asan tsan:
	$(Q)$(MAKE) --no-print-directory MODE=$@ check
# Counts of earlier runs would be added to.
cov:
	$(Q)find build/cov -name '*.gcda' -delete 2>/dev/null || true
	$(Q)$(MAKE) --no-print-directory MODE=cov check
	$(Q)B=build/cov sh test/cov.sh
# What check runs a few times, many times: RUNS of 10,000 sessions, of random worlds.
order:    RUNS ?= 100
property: RUNS ?= 50
live:     RUNS ?= 3
secrecy:  RUNS ?= 10
order property live secrecy: all $(TOOLS)
	$(Q)B=$(B) MODE=$(MODE) G=$(G) SHARED=$(SHARED) ROUNDS=$(ROUNDS) RUNS=$(RUNS) sh test/integration/$@.sh | tee $(B)/$@.log
	$(Q)! grep '^FAIL ' $(B)/$@.log
fault: all $(FAULTS)
	$(Q)B=$(B) MODE=$(MODE) ROUNDS=$(ROUNDS) RUNS=$(or $(RUNS),200) SEED=$(or $(SEED),1) ONLY='$(ONLY)' JOBS=$(or $(JOBS),2) sh test/fault/run.sh | tee $(B)/$@.log
	$(Q)! grep '^FAIL ' $(B)/$@.log
soak: all $(FAULTS)
	$(Q)B=$(B) MODE=$(MODE) ROUNDS=$(ROUNDS) HOURS=$(or $(HOURS),24) SEED=$(or $(SEED),1) sh test/fault/soak.sh | tee $(B)/$@.log
	$(Q)! grep '^FAIL ' $(B)/$@.log
# Medians of RUNS (3) runs; ONLY="tap sessions": some subjects (test/bench/fig_*.sh). Never a part of check.
bench: all $(B)/bulkgen $(BENCHES)
	$(Q)B=$(B) RUNS=$(or $(RUNS),3) ONLY='$(ONLY)' sh test/bench/bench.sh
fuzz:
	$(Q)$(MAKE) --no-print-directory MODE=fuzz CC=clang fuzz-built
fuzz-built: $(patsubst test/fuzz/%.c,$(B)/%,$(FUZZ.src))
# what make fuzz-all counts lines with: the replays, and the unit tests that test/fuzz/parsers.tbl names
lines-built: $(REPLAYS) $(addprefix $(B)/test/,$(filter test_%,$(shell sed 's/\#.*//' test/fuzz/parsers.tbl)))
fuzz-all: fuzz
	$(Q)$(MAKE) --no-print-directory MODE=cov lines-built
	$(Q)sh test/fuzz/all.sh

demo:
	$(Q)sh .ci/setup demo
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all $(B)/ligen $(B)/corelist
	$(Q)B=$(B) CAPTURE='$(CAPTURE)' TARGET='$(TARGET)' sh test/demo.sh

# -- layering --------------------------------------------------------------------------------------------------------
# mediation -> handover -> asn1 -> include; conformance includes only the three headers that carry no meaning.
includes:
	$(Q)sh test/includes.sh
# Each requirement stands at the line that obeys it and at the test that proves it; test/requirements.tbl says which do.
trace:
	$(Q)SHARED=$(SHARED) VERBOSE=$(V) sh test/trace.sh
trace-x:
	$(Q)SHARED=$(SHARED) VERBOSE=1 SHOW='^X' sh test/trace.sh
# Keys, options, verbs and alarms stand in the manual pages, and the other way round.
manuals: all
	$(Q)B=$(B) sh test/manuals.sh
options:
	$(Q)sh test/options.sh
states:
	$(Q)sh test/states.sh
states-good:
	$(Q)sh test/states.sh >/dev/null

# -- install ---------------------------------------------------------------------------------------------------------
PREFIX   ?= /usr/local
DESTDIR  ?=
install: all
	install -D -m 0755 -t $(DESTDIR)$(PREFIX)/sbin $(B)/mdfd
	install -D -m 0755 -t $(DESTDIR)$(PREFIX)/bin $(filter-out $(B)/mdfd,$(PROGRAMS))
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/include/li include/li/*.h
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(wildcard mediation/pkg/*.1)
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man5 $(wildcard mediation/pkg/*.5)
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man8 $(wildcard mediation/pkg/*.8)
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/doc/openmdf README.md LICENSE mediation/pkg/mdfd.yaml mediation/pkg/warrants.yaml
# Users, folders and services of systemd; lemfd.conf and the key that mdfd.service names are the package's or the operator's.
SYSTEMD  ?= $(if $(filter /usr,$(PREFIX)),/lib,$(PREFIX)/lib)/systemd/system
install-units:
	install -d -m 0755 $(DESTDIR)$(SYSTEMD)
	for u in mdfd lemfd; do sed 's,/usr/\(s*bin\)/\(mdfd\|lemfd\),$(PREFIX)/\1/\2,' mediation/pkg/$$u.service >$(DESTDIR)$(SYSTEMD)/$$u.service || exit 1; done
	install -D -m 0644 mediation/pkg/openmdf.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/openmdf.conf
	install -D -m 0644 mediation/pkg/openmdf.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/openmdf.conf
deb: all
	$(Q)B=$(B) VERSION='$(VERSION)' MAKE='$(MAKE)' sh mediation/pkg/deb.sh
clean:
	rm -rf build

.PHONY: all tests check check-built live secrecy fault soak asan tsan cov order property bench fuzz fuzz-built fuzz-all lines-built demo includes trace trace-x options states states-good manuals install install-units deb clean
-include $(shell find $(B) -name '*.d' -type f 2>/dev/null)
