# Generated codecs: one ASN.1 set, one folder, one object, one namespace. Included by the Makefile.
#
# asn1c 0.9.28 has neither an output-folder option nor a name prefix. So it runs inside build/gen/<set>; the adapters
# asn1/gen_<set>.c and asn1/gen_<set>_*.c are linked with what it made into one relocatable object in which only gen_*
# stays visible. Two sets may both have a Location; nothing outside the adapters can name either.
#
# The runtime is Debian's libasn1c, not asn1c's skeletons: they are deleted, and one line is put right in what is left,
# because libasn1c's descriptors have two members more (aligned PER) where asn1c says that there is no PER. Another one
# too: asn1c forgets the extension marker of a SEQUENCE that has nothing else, and its decoder then refuses every member.
SETS     := $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard asn1/modules/*/*.asn)))))
GEN.obj  := $(patsubst %,$(B)/gen/%.o,$(SETS)) $(patsubst %,$(B)/gen/fields_%.o,$(SETS))
ASN1C    ?= asn1c
ASN1.skel := /usr/share/asn1c
ASN1.inc := -DASN__CTFAIL=_ASN_CTFAIL $(patsubst -I%,-isystem %,$(filter %/asn1c,$(shell pkg-config --cflags-only-I libasn1c 2>/dev/null)))
# Nobody debugs generated code or counts its coverage; without -g it compiles in a third of the time.
ASN1.cc   = $(CC) -w $(STD) $(filter-out -g --coverage,$(OPT.$(MODE))) $(HARD) -I. $(ASN1.inc)
# libasn1c asks every program that is linked with it for its one global; asn1/talloc_asn1.c has it.
LDLIBS   += -Wl,-u,talloc_asn1_ctx
asn1_modules = $(sort $(wildcard asn1/modules/$1/*.asn))
asn1_adapters = $(patsubst %.c,$(B)/%.o,$(wildcard asn1/gen_$1.c asn1/gen_$1_*.c))

# $1: set, $2: the set before it, so that no two compile at once: xargs already uses every core
define asn1_set
$(G)/$1/.stamp: $(call asn1_modules,$1) asn1/asn1.mk
	$$(call say,ASN1C,$1)
	$$(Q)rm -rf $(G)/$1 $(G)/$1.new && mkdir -p $(G)/$1.new && cd $(G)/$1.new && \
	if ! $(ASN1C) -fcompound-names -fwide-types -fno-include-deps $(addprefix ../../../,$(call asn1_modules,$1)) >asn1c.log 2>&1; then \
		tail asn1c.log; exit 1; fi && \
	for f in *.[ch]; do if [ -e $(ASN1.skel)/$$$$f ]; then rm $$$$f; fi; done && \
	sed -i 's,^\t0\, 0\,\t/\* No PER support,\t0\, 0\, 0\, 0\,\t/* No PER support,' *.c && \
	grep -l 'No members' *.c | xargs -r sed -i 's,^\t-1\t/\* Stop extensions,\t1\t/* Stop extensions,' && touch .stamp && mv ../$1.new ../$1

$(call asn1_adapters,$1): CPPFLAGS += -isystem $(G)/$1 $(ASN1.inc)
$(call asn1_adapters,$1): $(G)/$1/.stamp

# Paths are relative, so that the tree may lie where blanks are in the name.
# An object that is newer than its source is kept: what an interrupted build has done is not done again.
$(B)/gen/$1.o: $(call asn1_adapters,$1) $(G)/$1/.stamp | $2
	$$(call say,GEN,$$@)
	$$(Q)mkdir -p $(B)/gen/$1 && cd $(G)/$1 && ls *.c | xargs -P$$$$(nproc) -I{} sh -c \
	'o=../../../$(B)/gen/$1/{}; [ $$$$o.o -nt {} ] || { $(ASN1.cc) -c {} -o $$$$o.new && mv $$$$o.new $$$$o.o; }'
	$$(Q)(cd $(G)/$1 && ls *.c | sed 's|.*|$(B)/gen/$1/&.o|') >$(B)/gen/$1.list
	$$(Q)$$(LD) -r -o $$@ $(call asn1_adapters,$1) @$(B)/gen/$1.list && objcopy --wildcard --keep-global-symbol='gen_*' $$@

# The set as data (asn1/fields.h), and for people
$(G)/fields_$1.c: $(call asn1_modules,$1) asn1/fieldtab.pl
	$$(Q)mkdir -p $(G) && perl asn1/fieldtab.pl c $1 $(call asn1_modules,$1) >$$@
$(G)/fields_$1.csv: $(call asn1_modules,$1) asn1/fieldtab.pl
	$$(Q)mkdir -p $(G) && perl asn1/fieldtab.pl csv $(call asn1_modules,$1) >$$@
$(B)/gen/fields_$1.o: $(G)/fields_$1.c asn1/fields.h
	$$(call say,CC,$$<)
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(CPPFLAGS) -I. $$(CFLAGS) $$(WARN) -c $$< -o $$@
endef
$(foreach s,$(SETS),$(eval $(call asn1_set,$s,$(ASN1.last)))$(eval ASN1.last := $(B)/gen/$s.o))

asn1-fields: $(patsubst %,$(G)/fields_%.csv,$(SETS))
# Our modules against the table of the standard's types, member by member.
asn1-check:
	$(Q)if [ -e $(SHARED)/spec/ts33128-fields.csv ]; then \
		perl asn1/fieldtab.pl check $(SHARED)/spec/ts33128-fields.csv $(call asn1_modules,ts33128) $(call asn1_modules,ts33128ia); \
	else echo 'skipped: asn1-check: no $(SHARED)/spec/ts33128-fields.csv'; fi
.PHONY: asn1-check asn1-fields

# -- the codecs before their judges (test/judge) -----------------------------------------------------------------------
$(B)/asn1_judge: $(patsubst %.c,$(B)/%.o,$(wildcard test/judge/*.c)) $(B)/libli.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
tests: $(B)/asn1_judge
