# The schemas of mediation/x1 as C strings, so that the program needs no file of its own to check what it is sent.
X1.xsd   := $(sort $(wildcard mediation/x1/*.xsd))
$(G)/x1_xsd.c: $(X1.xsd) mediation/x1/x1.mk
	$(call say,GEN,$@)
	$(Q)mkdir -p $(G) && { echo '#include "mediation/x1/x1_schema.h"' && echo 'const struct x1_xsd x1_xsd[] = {' && \
	for f in $(X1.xsd); do echo "{ \"openmdf:$${f##*/}\","; sed 's/\\/\\\\/g; s/"/\\"/g; s/^[[:blank:]]*//; s/.*/"&\\n"/' $$f; echo '},'; done && \
	echo '{ 0, 0 } };'; } >$@
$(B)/gen/x1_xsd.o: $(G)/x1_xsd.c mediation/x1/x1_schema.h
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -I. $(CFLAGS) $(WARN) -c $< -o $@
$(B)/libmdf.a: $(B)/gen/x1_xsd.o

# Every error code: who gives it, when, where, and which test sees it.
x1-errors:
	$(Q)sh test/x1_errors.sh
.PHONY: x1-errors
