# Generated codecs: one ASN.1 set, one folder, one object, one namespace. Included by the Makefile.
#
# asn1c 0.9.28 has neither an output-folder option nor a name prefix. So it runs inside build/gen/<set>; the adapters
# asn1/gen_<set>*.c are linked with what it made into one relocatable object in which only gen_* stays visible.
SETS     := $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard asn1/modules/*/*.asn)))))
GEN.obj  := $(patsubst %,$(B)/gen/%.o,$(SETS))
